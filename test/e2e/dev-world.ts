/** What the tests of `dev` share: a folder and a config of their own, and processes that end with their test. */
import { join } from 'node:path'
import { afterAll, afterEach } from 'vitest'
import { AUTH_TOKEN, createWorkspace, start, type Running } from './switchboard.ts'

export const workspace = createWorkspace()
const running: Running[] = []

/** Ended when the test ends. */
export async function startHere(...[args, options]: Parameters<typeof start>): Promise<Running> {
  const one = await start(args, options)
  running.push(one)
  return one
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((one) => one.stop()))
})
afterAll(workspace.remove)

export const CONFIG = workspace.config(`{ endpoints: {
  sms: { path: '/sms', reply: { twiml: '<Response><Message>You said {{Body}}</Message></Response>' } },
  status: { path: '/status' },
} }`)
export const env = { TWILIO_AUTH_TOKENS: AUTH_TOKEN }
export const args = (state: string) => [
  '--config',
  CONFIG,
  '--port',
  '0',
  '--state',
  join(workspace.path, state),
]

export async function isListening(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  )
}
