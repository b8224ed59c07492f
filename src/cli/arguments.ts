/** Reads a verb's options strictly; a wrong one becomes a UsageError with the verb's help. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from './errors.ts'

export function parseOptions<T extends ParseArgsConfig>(config: T, help: string) {
  try {
    return parseArgs(config)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${message}\n\n${help}`)
  }
}

/** A TCP port. 0 lets the system choose. */
export function parsePort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new UsageError(`--port takes a number from 0 to 65535, not "${text}".`)
  }
  return port
}
