/** Who is behind a token, as the graph itself tells it. */

import type { GraphQLSchema } from "graphql";
import { cut } from "./example";
import { ask } from "./graph";

export interface Person {
  name: string | null;
  roles: string[];
}

interface Viewer {
  user?: { name: string } | null;
  roles?: { label: string }[];
}

const WHO = "query Who { viewer { user { name } roles { label } } }";

/** Return the viewer's name and roles; null for nobody, and where the token is refused. */
export async function whoIs(token: string | null, schema: GraphQLSchema): Promise<Person | null> {
  if (!token) {
    return null;
  }
  const { data } = await ask(token, { query: cut(WHO, schema) });
  const viewer = data?.viewer as Viewer | null | undefined;
  return viewer ? { name: viewer.user?.name ?? null, roles: viewer.roles?.map((role) => role.label) ?? [] } : null;
}
