/**
 * Where the dashboard of the gateway with this URL is. With a token it signs in by itself: a fragment is sent to no server,
 * and the page removes it from the address.
 */
export function dashboardLink(url: string, token?: string): string {
  const link = new URL("/", url.replace(/^ws/, "http"));
  if (token !== undefined) link.hash = `token=${encodeURIComponent(token)}`;
  return link.href;
}
