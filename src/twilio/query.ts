/** A query string without the `bodySHA256` that Twilio adds for bodies that are not forms. */
export function withoutBodyHash(query: string): string {
  if (!query.includes('bodySHA256=')) return query
  return query
    .split('&')
    .filter((pair) => !pair.startsWith('bodySHA256='))
    .join('&')
}
