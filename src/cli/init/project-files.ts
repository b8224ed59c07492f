/** From answers to the files of a project, formatted as `npm run format` leaves them. */
import { DEFAULT_CONFIG_FILE } from '../project/config-file.ts'
import type { Answers } from './answers.ts'
import { toConfigText } from './config-text.ts'
import { toReplyFiles } from './reply-texts.ts'

export interface ProjectFile {
  /** Relative to the project's folder. */
  path: string
  text: string
}

/** The config first. Pure, but for the formatter, which gives the same text for the same text. */
export async function toProjectFiles(answers: Answers, importPath: string): Promise<ProjectFile[]> {
  const config = await toFormatted(toConfigText(answers, importPath))
  return [{ path: DEFAULT_CONFIG_FILE, text: config }, ...toReplyFiles(answers)]
}

/** The project's own style, `.oxfmtrc.json`. */
const STYLE = { semi: false, singleQuote: true, printWidth: 100 }

/** Only a long URL leaves it something to do, so a formatter that does not start is no reason to stop. */
async function toFormatted(text: string): Promise<string> {
  try {
    const { format } = await import('oxfmt')
    const { code, errors } = await format(DEFAULT_CONFIG_FILE, text, STYLE)
    return errors.length === 0 ? code : text
  } catch {
    return text
  }
}
