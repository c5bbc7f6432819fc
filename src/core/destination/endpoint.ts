/** What is wrong with an endpoint, or undefined. */
export function endpointBreach(endpoint: string): string | undefined {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  // The parser passes over line breaks and tabs, and over slashes that are missing.
  if (url === undefined || /\s/.test(endpoint) || !/^https?:\/\/[^/\\]/i.test(endpoint)) {
    return 'An endpoint is a URL that begins with https:// or http://.';
  }
  if (url.username !== '' || url.password !== '') return 'An endpoint may not hold a user name or a password.';
  if (url.search !== '' || url.hash !== '') return 'An endpoint may not have a query or a fragment.';
  return undefined;
}

/** What speaks against an endpoint that can be used, or undefined: without TLS, everybody on the way reads along. */
export function endpointWarning(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const { protocol, hostname } = new URL(endpoint);
  if (protocol !== 'http:' || isLoopback(hostname)) return undefined;
  return `${hostname} is reached without encryption: data can be read and changed on its way. Use https:// if the store has it.`;
}

function isLoopback(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127(\.\d+){3}$/.test(hostname)
  );
}
