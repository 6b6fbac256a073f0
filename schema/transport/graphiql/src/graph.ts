/** Asking the graph as somebody, and reading what the answer says was masked. */

import type { Fetcher, FetcherParams } from "@graphiql/toolkit";

export interface AccessNote {
  /** A pattern without positions, such as customers.nodes.phone. */
  path: string;
  /** MASKED in every row, or VARIES from row to row. */
  level: "MASKED" | "VARIES";
  category: string;
  reveal: boolean;
}

export type Answer = {
  data?: Record<string, unknown> | null;
  errors?: readonly unknown[];
  extensions?: Record<string, unknown>;
};

/** The graph's own address: the page is served from it, and the token never becomes a part of it. */
export const ENDPOINT = location.pathname.replace(/\/+$/, "");

/** Send one operation with `token` as the only credential and return the answer's JSON. */
export async function ask(
  token: string | null,
  params: Pick<FetcherParams, "query"> & Partial<FetcherParams>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    // Cookies would let an administrator's Django session answer in place of the role that was picked.
    credentials: "omit",
    headers: {
      accept: "application/json",
      "content-type": "application/json",
      ...headers,
      ...(token ? { authorization: `Bearer ${token}` } : {}),
    },
    body: JSON.stringify(params),
  });
  const text = await response.text();
  try {
    return JSON.parse(text) as Answer;
  } catch {
    throw new Error(`The server answered ${response.status} with something that is not JSON.`);
  }
}

/** Return GraphiQL's fetcher for one identity; `onAccess` hears what every answer says was masked. */
export function fetcherFor(token: string | null, onAccess: (notes: AccessNote[] | null) => void): Fetcher {
  return async (params, options) => {
    const answer = await ask(token, params, options?.headers);
    if (params.operationName !== "IntrospectionQuery") {
      onAccess(accessNotes(answer));
    }
    return answer as Awaited<ReturnType<Fetcher>>;
  };
}

/** Return the entries of `extensions.access`: none when everything was clear, null when there was no answer to mask. */
export function accessNotes(answer: Answer): AccessNote[] | null {
  if (!answer.data) {
    return null;
  }
  const entries = answer.extensions?.access ?? {};
  return Object.entries(entries as Record<string, AccessNote>).map(([path, entry]) => ({ ...entry, path: entry.path ?? path }));
}
