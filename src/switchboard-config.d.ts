/** The compiled config a Worker is deployed with: an alias in the wrangler files for `dist/config.json`. */
declare module 'switchboard:config' {
  const document: unknown
  export default document
}
