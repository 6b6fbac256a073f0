import "graphiql/setup-workers/vite";
import "graphiql/style.css";
import "./bar.css";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { ENDPOINT } from "./graph";
import { demoAccounts } from "./identity";

const root = createRoot(document.getElementById("root")!);
demoAccounts(ENDPOINT).then(
  (accounts) => root.render(<App accounts={accounts} />),
  // Without the list a token can still be pasted, so the page opens all the same.
  () => root.render(<App accounts={[]} />),
);
