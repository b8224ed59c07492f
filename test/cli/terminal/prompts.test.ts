import { describe, expect, it } from 'vitest'
import {
  askOne,
  askSecret,
  askSome,
  askText,
  askYesNo,
  confirmOrEnd,
} from '../../../src/cli/terminal/prompts.ts'
import type { Terminal } from '../../../src/cli/terminal/terminal.ts'

const nobody: Terminal = {
  isJson: false,
  isInteractive: false,
  result: () => {},
  note: () => {},
  warn: () => {},
  step: (_title, work) => work(() => {}),
}
const question = { message: 'Really?', instead: '--yes' }
const choices = [{ value: 'a', label: 'A' }]

const QUESTIONS: [string, () => Promise<unknown>][] = [
  ['confirmOrEnd', () => confirmOrEnd(nobody, question, false)],
  ['askYesNo', () => askYesNo(nobody, question)],
  ['askText', () => askText(nobody, question)],
  ['askSecret', () => askSecret(nobody, question)],
  ['askOne', () => askOne(nobody, { ...question, choices })],
  ['askSome', () => askSome(nobody, { ...question, choices })],
]

describe('questions', () => {
  it.each(QUESTIONS)('are not asked where nobody is, and name the option: %s', async (_, ask) => {
    await expect(ask()).rejects.toMatchObject({
      code: 'not_interactive',
      exitCode: 2,
      next: 'Pass --yes.',
    })
  })

  it('are not needed when the option was passed', async () => {
    await expect(confirmOrEnd(nobody, question, true)).resolves.toBeUndefined()
  })
})
