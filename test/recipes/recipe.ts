/** Starts a recipe as docs/recipes.md says, and sends it webhooks as Twilio would. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { toRealisticWebhook } from '../../src/cli/trigger/realistic.ts'
import { sendWebhook, toSignedWebhook } from '../../src/cli/trigger/signed-webhook.ts'
import type { Param } from '../../src/twilio/params.ts'
import { readDocument } from '../docs/markdown.ts'
import { AUTH_TOKEN, createWorkspace, run, start } from '../e2e/switchboard.ts'

const ACCOUNT = `AC${'0'.repeat(32)}`

export interface Recipe {
  url: string
  /** What Twilio gets. */
  send: (kind: string, path: string, set?: Param[]) => Promise<{ status: number; text: string }>
  stop: () => Promise<void>
}

export const toConfigPath = (name: string) => `recipes/${name}/switchboard.config.ts`

/** @param env URLs of the services, and secrets */
export async function startRecipe(name: string, env: Record<string, string> = {}): Promise<Recipe> {
  const workspace = createWorkspace()
  const state = join(workspace.path, 'state')
  const gateway = await start(['--config', toConfigPath(name), '--port', '0', '--state', state], {
    env: { TWILIO_AUTH_TOKENS: AUTH_TOKEN, ...env },
  })
  return {
    url: gateway.url,
    send(kind, path, set = []) {
      const webhook = toRealisticWebhook(kind, { account: ACCOUNT, set })
      const to = gateway.url + path
      const options = { to, publicUrl: null, method: 'POST', authToken: AUTH_TOKEN }
      const idempotencyToken = randomUUID()
      return sendWebhook(toSignedWebhook(webhook, { ...options, idempotencyToken }))
    },
    async stop() {
      await gateway.stop()
      workspace.remove()
    },
  }
}

interface Shown {
  args: string[]
  /** The lines below the command, without the time that it took; empty: it says nothing of them. */
  printed: string
}

/** The `trigger` commands of a section of docs/recipes.md. */
function readCommands(section: string): Shown[] {
  const { blocks } = readDocument('docs/recipes.md')
  const shown = blocks.filter((block) => block.section === section && block.text.startsWith('$ '))
  return shown.flatMap(({ text }) =>
    text
      .split(/^\$ npm run switchboard -- /m)
      .slice(1)
      .map((part) => {
        const [command = '', ...lines] = part.trimEnd().split('\n')
        return { args: toWords(command), printed: withoutTime(lines.join('\n')) }
      }),
  )
}

/** As a shell reads it, as far as the document goes: words, and parts in single quotes. */
const toWords = (command: string) =>
  (command.match(/(?:'[^']*'|[^\s'])+/g) ?? []).map((word) => word.replaceAll("'", ''))

const withoutTime = (text: string) => text.replace(/\d+\.\d ms/, '… ms')

export interface Tried extends Shown {
  code: number | null
  /** What it printed, where the document shows something. */
  out: string
}

/** Runs each of the section's commands against a recipe. None needs another one before it. */
export function tryCommands(section: string, url: string): Promise<Tried[]> {
  const tries = readCommands(section).map(async ({ args, printed }) => {
    const here = args.map((word) => word.replace('http://127.0.0.1:8787', url))
    const { code, out } = await run(here, { env: { TWILIO_AUTH_TOKENS: AUTH_TOKEN } })
    return { args, printed, code, out: printed === '' ? '' : withoutTime(out.trimEnd()) }
  })
  return Promise.all(tries)
}
