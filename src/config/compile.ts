/**
 * Compiles what a user wrote into the document that the Workers use: checked whole, every problem
 * reported at once with its place and what to do, files read in, defaults filled in.
 *
 * Runs in Node, in the `switchboard` command; zod and the TwiML grammar never get into a Worker.
 */
import { z } from 'zod'
import { err, ok, type Result } from '../result.ts'
import type { CompiledConfig } from './compiled.ts'
import { compileEndpoints } from './compile-endpoints.ts'
import { compileTargets } from './compile-targets.ts'
import { twilioPatterns } from './event-pattern.ts'
import { duration, publicUrl } from './fields.ts'
import { DEFAULT_RETENTION_MS } from './ledger-settings.ts'
import { Report, type Problem } from './problem.ts'
import { readObject } from './read-object.ts'
import { redactedNames, warnAboutMisspellings } from './redaction.ts'

export type { Problem }

export interface CompileOptions {
  /** The text of a file, by the path in the config. Throws when there is none. */
  readFile: (path: string) => string
  /** Local development: plain http and private addresses are fine. */
  local: boolean
}

export interface Compiled {
  config: CompiledConfig
  /** What works, and probably not as it is meant. */
  warnings: Problem[]
}

const DEFAULT_LOOKUP_BUDGET_MS = 50
const DAY_MS = 86_400_000

export function createConfigSchema(local: boolean) {
  return z.strictObject({
    publicUrl: publicUrl(local).optional(),
    lookupBudget: duration(1, 1_000).default(DEFAULT_LOOKUP_BUDGET_MS),
    endpoints: z.record(z.string(), z.unknown()),
    targets: z.record(z.string(), z.unknown()).optional(),
    redact: redactedNames.default([]),
    retention: duration(DAY_MS, 365 * DAY_MS).default(DEFAULT_RETENTION_MS),
    recordProblemsOnly: twilioPatterns.default([]),
  })
}

export function compileConfig(
  input: unknown,
  { readFile, local }: CompileOptions,
): Result<Compiled, Problem[]> {
  const report = new Report()
  const root = readObject(createConfigSchema(local), input, '', report)
  const endpoints = compileEndpoints(memberOf(input, 'endpoints'), { readFile, local, report })
  const targets = compileTargets(memberOf(input, 'targets'), local, report)
  warnAboutMisspellings(root?.redact ?? [], report)
  if (!root || report.problems.length > 0) return err(report.problems)
  // Left out where it says nothing: the document, and so its version, is the one of before.
  const { recordProblemsOnly: unrecorded } = root
  const config: CompiledConfig = {
    publicUrl: root.publicUrl ?? null,
    lookupBudgetMs: root.lookupBudget,
    endpoints,
    targets,
    redact: [...new Set(root.redact)],
    retentionMs: root.retention,
    ...(unrecorded.length > 0 && { recordProblemsOnly: [...new Set(unrecorded)] }),
  }
  return ok({ config, warnings: report.warnings })
}

/** Its endpoints are checked even when something beside them is wrong. */
function memberOf(input: unknown, name: string): Record<string, unknown> {
  const found = z.looseObject({ [name]: z.record(z.string(), z.unknown()) }).safeParse(input)
  return found.data?.[name] ?? {}
}
