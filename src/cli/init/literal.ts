/** Texts as TypeScript has them. */

/** A text in TypeScript, with the quotes that need fewer escapes. */
export function toLiteral(text: string): string {
  return /['\\]/.test(text) ? JSON.stringify(text) : `'${text}'`
}
