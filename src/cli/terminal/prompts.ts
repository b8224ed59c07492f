/**
 * Questions. Only a person at a terminal is ever asked: anybody else gets an error that names the
 * option to pass instead. Ctrl-C or Escape ends the command.
 */
import * as clack from '@clack/prompts'
import { CancelledError, UsageError } from './errors.ts'
import type { Terminal } from './terminal.ts'

export interface Question {
  message: string
  /** What a script passes instead: `--yes`, `--only +1…`. */
  instead: string
}

export interface Choice<Value> {
  value: Value
  label: string
  hint?: string
}

/** What is wrong with an answer, or undefined. */
export type CheckText = (text: string) => string | undefined

const io = { input: process.stdin, output: process.stderr }

/** Ends the command unless the answer is yes. `isSure`: the option that answers it was passed. */
export async function confirmOrEnd(
  terminal: Terminal,
  question: Question,
  isSure: boolean,
): Promise<void> {
  if (isSure) return
  if (!(await askYesNo(terminal, question))) throw new CancelledError()
}

export async function askYesNo(
  terminal: Terminal,
  question: Question & { initial?: boolean },
): Promise<boolean> {
  refuseWithoutPerson(terminal, question)
  const { message, initial = false } = question
  return orCancelled(await clack.confirm({ message, initialValue: initial, ...io }))
}

export async function askText(
  terminal: Terminal,
  question: Question & {
    initial?: string
    placeholder?: string
    check?: CheckText
  },
): Promise<string> {
  refuseWithoutPerson(terminal, question)
  const { message, initial, placeholder, check } = question
  const answer = await clack.text({
    message,
    ...(initial === undefined ? {} : { initialValue: initial }),
    ...(placeholder === undefined ? {} : { placeholder }),
    ...(check ? { validate: (text) => check(text ?? '') } : {}),
    ...io,
  })
  return orCancelled(answer).trim()
}

/** Not shown while it is typed. */
export async function askSecret(
  terminal: Terminal,
  question: Question & { check?: CheckText },
): Promise<string> {
  refuseWithoutPerson(terminal, question)
  const { message, check } = question
  const answer = await clack.password({
    message,
    ...(check ? { validate: (text) => check(text ?? '') } : {}),
    ...io,
  })
  return orCancelled(answer).trim()
}

export async function askOne<Value extends string>(
  terminal: Terminal,
  question: Question & { choices: readonly Choice<Value>[] },
): Promise<Value> {
  refuseWithoutPerson(terminal, question)
  const options = question.choices.map(toOption)
  const answer = orCancelled(await clack.select({ message: question.message, options, ...io }))
  return pick(question.choices, answer)
}

export async function askSome<Value extends string>(
  terminal: Terminal,
  question: Question & { choices: readonly Choice<Value>[]; initial?: readonly Value[] },
): Promise<Value[]> {
  refuseWithoutPerson(terminal, question)
  const options = question.choices.map(toOption)
  const initialValues = (question.initial ?? []).map(String)
  const answers = orCancelled(
    await clack.multiselect({
      message: question.message,
      options,
      initialValues,
      required: true,
      ...io,
    }),
  )
  return answers.map((answer) => pick(question.choices, answer))
}

function toOption({ value, label, hint }: Choice<string>) {
  return { value, label, ...(hint === undefined ? {} : { hint }) }
}

function pick<Value extends string>(choices: readonly Choice<Value>[], answer: string): Value {
  const found = choices.find(({ value }) => value === answer)
  if (!found) throw new TypeError('an answer that was not offered')
  return found.value
}

function orCancelled<T>(answer: T): Exclude<T, symbol> {
  if (isAnswer(answer)) return answer
  throw new CancelledError()
}

/** The library answers Ctrl-C with a symbol. */
const isAnswer = <T>(answer: T): answer is Exclude<T, symbol> => typeof answer !== 'symbol'

function refuseWithoutPerson(terminal: Terminal, { message, instead }: Question): void {
  if (terminal.isInteractive) return
  throw new UsageError(`Nobody can be asked here: "${message}"`, {
    code: 'not_interactive',
    next: `Pass ${instead}.`,
  })
}
