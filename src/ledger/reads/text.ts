/**
 * Whether a message has a text in it: anywhere in the event's data, also in names. Upper and lower case of
 * ASCII letters are the same, of others they are not. Pure.
 */

/** @param text not empty. Gives a function of the message, which may be none that anybody can read */
export function createTextMatcher(text: string): (message: string) => boolean {
  // As it stands in JSON: `"` and line feeds are escaped there.
  const written = JSON.stringify(text).slice(1, -1)
  const wanted = toLower(written)
  // Knows more letters as the same: what it does not find is not there, and that is nearly all.
  const isLikely = new RegExp(RegExp.escape(written), 'i')
  return (message) =>
    isLikely.test(message) &&
    toLower(message).includes(wanted) &&
    toLower(toData(message)).includes(wanted)
}

const toLower = (text: string) => text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())

/** Each message has words of ours around its data. What nobody can read is searched as it is. */
function toData(message: string): string {
  try {
    const parsed: unknown = JSON.parse(message)
    return JSON.stringify(toMember(toMember(parsed, 'event'), 'data')) ?? message
  } catch {
    return message
  }
}

const toMember = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined
