/** The console Worker: pages and an API for people and programs that look after the gateway. */
import builtIn from 'switchboard:config'
import { createConsole, type Console } from './console.ts'
import type { ConsoleEnv } from './env.ts'

/** One for each isolate: it keeps the config and Access's keys in memory. */
let instance: Console | undefined

export default {
  fetch(request, env, context) {
    instance ??= createConsole(env, builtIn)
    return instance.fetch(request, env, context)
  },
} satisfies ExportedHandler<ConsoleEnv>
