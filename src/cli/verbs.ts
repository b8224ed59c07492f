/**
 * The verbs of `switchboard`. A verb's module is loaded only when it is called: `trigger` need not wait
 * for Twilio's SDK, nor `check` for the Workers' runtime.
 */
import type { DefineVerb, VerbText } from './terminal/verb.ts'

export interface VerbEntry extends VerbText {
  name: string
  load: () => Promise<DefineVerb>
}

/** In the order in which a newcomer meets them. */
export const VERBS: readonly VerbEntry[] = [
  {
    name: 'dev',
    summary: 'run gateway and consumer on this machine',
    examples: [
      ['dev', 'run switchboard.config.ts on http://127.0.0.1:8787'],
      ['dev --demo', 'with a sample target and three webhooks to look at'],
    ],
    load: async () => (await import('./dev/dev.ts')).defineDev,
  },
  {
    name: 'trigger',
    summary: 'send a signed, realistic webhook of any kind',
    examples: [
      ['trigger', 'list the kinds'],
      [
        'trigger messaging.inbound --to http://127.0.0.1:8787/sms --set Body=hello',
        'an SMS comes in',
      ],
    ],
    load: async () => (await import('./trigger/trigger.ts')).defineTrigger,
  },
  {
    name: 'build',
    summary: 'check the config and write the document that a deploy carries',
    examples: [['build', 'check switchboard.config.ts and write dist/config.json']],
    load: async () => (await import('./build/build.ts')).defineBuild,
  },
]
