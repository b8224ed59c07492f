/** What is wrong with a filter, in the words of its form and not of the API. */
import type { ProblemInit } from '../../api/problem.ts'

const FIELDS: Readonly<Record<string, readonly [label: string, message: string]>> = {
  endpoint: ['Endpoint', 'takes the name of an endpoint'],
  kind: ['Kind', 'takes a kind, as voice.inbound, or all of a product, as voice.*'],
  target: ['Target', 'takes the name of a target'],
  outcome: ['Outcome', 'takes delivered, waiting, dead or unmatched'],
  reason: ['Reason', 'takes a reason as the ledger has it'],
  account: ['Account', 'takes the SID of an account'],
  from: ['From', 'takes a date and a time'],
  before: ['Before', 'takes a date and a time'],
  number: ['Number or SID', 'takes 300 characters at most'],
  numberPrefix: ['Number or SID', 'needs something before the *'],
  sid: ['Number or SID', 'takes 300 characters at most'],
  text: ['Text', 'takes 300 characters at most'],
  cursor: ['This part of the list', 'is gone: start again with the newest'],
}

/** One that is about something else stays as it is. */
export function toFilterProblem(problem: ProblemInit): ProblemInit {
  if (problem.code !== 'request_invalid') return problem
  const errors = problem.errors?.map(({ path, message }) => {
    const [label, words] = FIELDS[path] ?? [path, message]
    return { path: label, message: words }
  })
  return { ...problem, title: 'This filter cannot be used.', ...(errors && { errors }) }
}
