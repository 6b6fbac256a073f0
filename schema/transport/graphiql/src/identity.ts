/** Who asks: a demo role, whoever a pasted token stands for, or nobody. */

export interface Account {
  role: string;
  name: string;
  token: string;
}

export interface Identity {
  /** The demo role, or null for a pasted token and for nobody. */
  role: string | null;
  label: string;
  token: string | null;
}

export const ANONYMOUS: Identity = { role: null, label: "未登录 Anonymous", token: null };

// Session storage: gone with the tab, never shared with another one, never sent anywhere by the browser.
const ROLE_KEY = "prism.role";
const TOKEN_KEY = "prism.token";

export function fromAccount({ role, name, token }: Account): Identity {
  return { role, label: `${name} ${english(role)}`, token };
}

export function fromToken(token: string): Identity {
  return { role: null, label: "令牌 Token", token };
}

/** Return "Sales manager" for "sales_manager". */
export function english(role: string): string {
  const words = role.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Return the demo's accounts; empty wherever the server is not a demo. */
export async function demoAccounts(base: string): Promise<Account[]> {
  const response = await fetch(`${base}/demo-accounts`, { credentials: "omit", cache: "no-store" });
  return response.ok ? ((await response.json()) as Account[]) : [];
}

/** Return who this tab was last, or the demo's first account, or nobody. */
export function remembered(accounts: Account[]): Identity {
  const token = sessionStorage.getItem(TOKEN_KEY);
  if (token) {
    return fromToken(token);
  }
  const role = sessionStorage.getItem(ROLE_KEY);
  const account = accounts.find((each) => each.role === role) ?? accounts[0];
  return account ? fromAccount(account) : ANONYMOUS;
}

/** Keep the role's name, or a pasted token, for this tab only. */
export function remember(identity: Identity): void {
  sessionStorage.removeItem(ROLE_KEY);
  sessionStorage.removeItem(TOKEN_KEY);
  if (identity.role) {
    sessionStorage.setItem(ROLE_KEY, identity.role);
  } else if (identity.token) {
    sessionStorage.setItem(TOKEN_KEY, identity.token);
  }
}
