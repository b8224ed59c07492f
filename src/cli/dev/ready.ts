/** What `dev` says when it is ready: where it listens, what can be called, how to call it. */
import type { CompiledConfig } from '../../config/compiled.ts'
import { toVersion } from '../../config/document.ts'
import { DEFAULT_STATE } from '../project/state.ts'
import { toEndpointLines, toTriggerCommand } from './endpoint-list.ts'
import type { Output } from './output.ts'
import type { DevOptions } from './prepare.ts'
import type { Requeued } from './requeue.ts'
import type { StandIn } from './stand-in.ts'

export function sayReady(
  { url, consoleUrl }: { url: string; consoleUrl: string },
  { config: file, state }: DevOptions,
  config: CompiledConfig,
  output: Output,
): void {
  const targets = config.targets.map(({ name }) => name)
  output.say(
    {
      event: 'dev.ready',
      url,
      console: consoleUrl,
      file,
      state,
      version: toVersion(config),
      targets,
    },
    `Switchboard is ready at ${url} (${file}, state in ${state})\n` +
      `The console is at ${consoleUrl}`,
  )
}

/** What else there is to say at the start; empty texts are left out. */
export function sayStart(
  lines: readonly { event: `dev.${string}`; text: string }[],
  output: Output,
) {
  for (const { event, text } of lines) if (text !== '') output.say({ event, text }, text)
}

const count = (events: number) => (events === 1 ? '1 event' : `${events} events`)

export function toRequeuedText({ sent, left }: Requeued): string {
  return [
    ...(sent > 0 ? [`Back in the queue, from before dev was stopped: ${count(sent)}.`] : []),
    ...(left > 0 ? [`Kept for targets that are not in use now: ${count(left)}.`] : []),
  ].join('\n')
}

/** What stands in for the config's targets; empty when nothing does. */
export function toTargetsText({ target, note }: StandIn, written: CompiledConfig): string {
  const names = written.targets.map(({ name }) => name).join(', ')
  const leftOut = target && names !== '' ? `Your targets (${names}) are left out now.` : ''
  return [note, leftOut].filter((text) => text !== '').join('\n')
}

/** The endpoints; `config.publicUrl` is the tunnel's when there is one. */
export function sayEndpoints(
  { url, consoleUrl }: { url: string; consoleUrl: string },
  { config: file, state, tunnel, demo }: DevOptions,
  config: CompiledConfig,
  output: Output,
): void {
  const origin = tunnel ? (config.publicUrl ?? url) : url
  // Only the demo has a token of its own there.
  const place = demo && state !== DEFAULT_STATE ? state : null
  const command = toTriggerCommand(config, { url, state: place })
  const endpoints = config.endpoints.map(({ name, path }) => ({ name, url: origin + path }))
  output.say(
    { event: 'dev.endpoints', endpoints, publicUrl: config.publicUrl, trigger: command },
    [
      ...(tunnel ? ['Paste into Twilio:'] : []),
      ...toEndpointLines(config, origin),
      ...(command === null ? [] : [`Try: ${command}`]),
      ...(demo ? [`All of it in the console: ${consoleUrl}`] : []),
      `Changes of ${file} and its files count at once. Ctrl-C stops everything.`,
    ].join('\n'),
  )
}
