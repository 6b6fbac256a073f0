/** GraphiQL under the bar: whoever is picked there asks, and sees their own graph. */

import { GraphiQL } from "graphiql";
import { pick, useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { GraphQLSchema } from "graphql";
import { Bar } from "./bar";
import { DEFAULT_QUERY, exampleFor } from "./example";
import { fetcherFor, type AccessNote } from "./graph";
import { remember, remembered, type Account, type Identity } from "./identity";
import { whoIs, type Person } from "./person";

type Editor = { setValue: (text: string) => void };

export function App({ accounts }: { accounts: Account[] }) {
  const [identity, setIdentity] = useState(() => remembered(accounts));
  const [notes, setNotes] = useState<AccessNote[] | null>(null);
  const [schema, setSchema] = useState<GraphQLSchema | null>(null);
  const [person, setPerson] = useState<Person | null>(null);
  const editor = useRef<Editor | null>(null);
  const fetcher = useMemo(() => fetcherFor(identity.token, setNotes), [identity]);
  useEffect(() => {
    let current = true;
    if (schema) {
      // A name is an ornament: where the graph cannot be reached, GraphiQL says so in its own place.
      whoIs(identity.token, schema).then((who) => current && setPerson(who), () => undefined);
    }
    return () => {
      current = false;
    };
  }, [schema, identity]);
  const become = useCallback((next: Identity) => {
    remember(next);
    setNotes(null);
    setPerson(null);
    setSchema(null);
    setIdentity(next);
  }, []);
  return (
    <>
      <Bar
        accounts={accounts}
        identity={identity}
        person={person}
        notes={notes}
        onIdentity={become}
        onExample={schema && (() => editor.current?.setValue(exampleFor(schema)))}
      />
      <GraphiQL
        fetcher={fetcher}
        defaultQuery={DEFAULT_QUERY}
        schemaDescription
        inputValueDeprecation
        onSchemaChange={setSchema}
        shouldPersistHeaders={false}
        showPersistHeadersSettings={false}
      >
        <GraphiQL.Logo>
          <span />
        </GraphiQL.Logo>
        <Resend editor={editor} />
      </GraphiQL>
    </>
  );
}

/** Ask again as whoever was picked. Only queries: a mutation is never repeated by looking from another side. */
function Resend({ editor }: { editor: { current: Editor | null } }) {
  const { run } = useGraphiQLActions();
  const { fetcher, documentAST, queryEditor } = useGraphiQL(pick("fetcher", "documentAST", "queryEditor"));
  const asked = useRef(fetcher);
  useEffect(() => {
    editor.current = queryEditor ?? null;
  }, [editor, queryEditor]);
  useEffect(() => {
    // The store takes the new fetcher after our parent rendered; sending earlier would send the old token.
    if (asked.current === fetcher) {
      return;
    }
    asked.current = fetcher;
    const operations = documentAST?.definitions.filter((each) => each.kind === "OperationDefinition") ?? [];
    if (operations.length > 0 && operations.every((each) => each.operation === "query")) {
      run();
    }
  }, [fetcher, documentAST, run]);
  return null;
}
