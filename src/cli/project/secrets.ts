/**
 * Secrets for local use: the environment wins over `.dev.vars`, as in wrangler. They are handed to the
 * Workers by name and never printed.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { UsageError } from '../terminal/errors.ts'

export type ReadSecret = (name: string) => string | undefined

export function createSecretReader(env: NodeJS.ProcessEnv, folder: string): ReadSecret {
  return createReader(env, [folder])
}

/** The same for a config that may be elsewhere: `.dev.vars` here, then the one beside the config. */
export function createConfigSecretReader(env: NodeJS.ProcessEnv, configFile: string): ReadSecret {
  return createReader(env, ['.', dirname(configFile)])
}

/** What is set and empty hides what comes after it. */
function createReader(env: NodeJS.ProcessEnv, folders: readonly string[]): ReadSecret {
  const paths = new Set(folders.map((folder) => resolve(folder, '.dev.vars')))
  const files = [...paths].filter(existsSync).map((path) => parseEnv(readFileSync(path, 'utf8')))
  return (name) => {
    const value = [env, ...files].map((source) => source[name]).find((text) => text !== undefined)
    return value === undefined || value === '' ? undefined : value
  }
}

/** The named secrets; throws a UsageError that lists every missing one. */
export function readSecrets(names: string[], read: ReadSecret): Record<string, string> {
  const found: Record<string, string> = {}
  const missing: string[] = []
  for (const name of names) {
    const value = read(name)
    if (value === undefined) missing.push(name)
    else found[name] = value
  }
  if (missing.length > 0) {
    throw new UsageError(
      `Missing: ${missing.join(', ')}. Set ${missing.length === 1 ? 'it' : 'them'} in the environment ` +
        `or as NAME=value lines in .dev.vars (see .dev.vars.example).`,
    )
  }
  return found
}
