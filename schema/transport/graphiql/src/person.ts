/** The name behind a token, as the graph itself tells it. */

import type { GraphQLSchema } from "graphql";
import { cut } from "./example";
import { ask } from "./graph";

const WHO = "query Who { viewer { name displayName user { name displayName } } }";

/** Return the viewer's name; null where their graph has no such field, or where the token is refused. */
export async function whoIs(token: string | null, schema: GraphQLSchema): Promise<string | null> {
  const query = cut(WHO, schema);
  if (!token || !query.includes("viewer")) {
    return null;
  }
  const { data } = await ask(token, { query });
  return data ? firstText(data) : null;
}

function firstText(value: unknown): string | null {
  if (typeof value === "string") {
    return value;
  }
  if (typeof value !== "object" || value === null) {
    return null;
  }
  return Object.values(value).map(firstText).find(Boolean) ?? null;
}
