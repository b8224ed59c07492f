/**
 * The verbs of `switchboard`. A verb's module is loaded only when it is called: `trigger` need not wait
 * for Twilio's SDK, nor `check` for the Workers' runtime.
 */
import { LOGIN } from './console/login-text.ts'
import type { DefineVerb, VerbText } from './terminal/verb.ts'

export interface VerbEntry extends VerbText {
  name: string
  load: () => Promise<DefineVerb>
}

/** In the order in which a newcomer meets them. */
export const VERBS: readonly VerbEntry[] = [
  {
    name: 'init',
    summary: 'write a config, replies and .dev.vars for what you have',
    examples: [
      ['init', 'ask, then write'],
      [
        'init --channels voice,sms --app https://app.example.com/twilio --yes',
        'an app that answers, with a safety net in front of it; no questions',
      ],
      [
        'init --channels sms --events https://crm.example.com/hooks --token-stdin --yes < token.txt',
        'auto-replies, and every event to a service; the auth token from a file',
      ],
    ],
    notes:
      'The auth token is asked for without being shown, or comes from --token-stdin or the environment\n' +
      '(TWILIO_AUTH_TOKENS). It is kept in .dev.vars, which only you can read and git ignores.',
    load: async () => (await import('./init/init.ts')).defineInit,
  },
  {
    name: 'check',
    summary: 'check the config, its TwiML and secrets, and call its targets if asked',
    examples: [
      ['check', 'every problem and warning, and what is there'],
      ['check --secrets --json', 'for CI: a secret that is not set is a problem too'],
      ['check --online --only crm', 'send a signed test event to the target crm'],
    ],
    notes:
      'Exit codes: 0 good, 1 a target or app that was called failed, 2 the config or a secret is wrong.\n' +
      'A test says that it is one: an event of the kind switchboard.test, or for the format twilio and for\n' +
      'apps that answer a request with SIDs of zeros and a parameter SwitchboardTest.',
    load: async () => (await import('./check/check.ts')).defineCheck,
  },
  {
    name: 'dev',
    summary: 'run gateway and consumer on this machine, and follow the config as it is edited',
    examples: [
      ['dev', 'run switchboard.config.ts on http://127.0.0.1:8787'],
      ['dev --demo', 'with a sample target and three webhooks to look at'],
      ['dev --forward http://127.0.0.1:3000/hooks', 'all events go to your app instead'],
      ['dev --tunnel', 'a public URL to paste into Twilio, for as long as it runs'],
    ],
    notes:
      'With --json each line is one JSON object: what the Workers log, and dev.… for what dev itself\n' +
      'says. Secrets come from the environment, then .dev.vars; the Workers get them when they start.',
    load: async () => (await import('./dev/dev.ts')).defineDev,
  },
  {
    name: 'trigger',
    summary: 'send a signed, realistic webhook of any kind, or a whole scenario of them',
    examples: [
      ['trigger', 'list the kinds'],
      [
        'trigger messaging.inbound --to http://127.0.0.1:8787/sms --set Body=hello',
        'an SMS comes in',
      ],
      [
        'trigger --scenario call --to http://127.0.0.1:8787/voice --digits 1 --status http://127.0.0.1:8787/status',
        'a whole call: the menu is answered with 1, and the TwiML followed to its end',
      ],
      [
        'trigger messaging.inbound --scenario retry --to http://127.0.0.1:8787/sms',
        'the same webhook three times: the answers must be equal',
      ],
    ],
    notes:
      'Exit codes: 0 Twilio accepts every answer, 1 it does not or a retry got another one, 2 the call is wrong.',
    load: async () => (await import('./trigger/trigger.ts')).defineTrigger,
  },
  {
    name: 'build',
    summary: 'check the config and write the document that a deploy carries',
    examples: [['build', 'check switchboard.config.ts and write dist/config.json']],
    load: async () => (await import('./build/build.ts')).defineBuild,
  },
  {
    name: 'deploy',
    summary: 'put the Workers on your Cloudflare account, and try them',
    examples: [
      ['deploy --dry-run', 'say what would be done'],
      [
        'deploy',
        'create what is missing, upload what changed, publish the config, send a test event',
      ],
      ['deploy --update-secrets', 'also replace the secrets that Cloudflare has'],
    ],
    notes:
      'Needs a login: CLOUDFLARE_API_TOKEN, or "npx wrangler login"; with several accounts also\n' +
      'CLOUDFLARE_ACCOUNT_ID. Secrets come from the environment or .dev.vars. What Cloudflare has already\n' +
      'is kept. When a step fails, what is done stays done, and running it again goes on from there.',
    load: async () => (await import('./deploy/deploy.ts')).defineDeploy,
  },
  {
    name: 'shards',
    summary: 'divide events over several queues and ledgers, for more than one of each can take',
    examples: [
      ['shards', 'how many there are'],
      ['shards 4', 'write the bindings of four into the wrangler files; deploy makes them'],
    ],
    notes: 'There can be more later, and not fewer: a ledger holds the events that it was given.',
    load: async () => (await import('./shards/shards.ts')).defineShards,
  },
  {
    name: 'push',
    summary: 'publish the config without a deploy',
    examples: [
      ['push', 'show what differs from what is live, ask, publish'],
      [
        'push --yes --wait --message "new menu"',
        'for scripts: no question, done when it is in use',
      ],
      ['push --dry-run', 'check and show the difference only'],
    ],
    notes:
      'What is published wins over the config that a bare "wrangler deploy" carries.\n' +
      'Refused whatever you pass: a document that the deployed gateway cannot read.\n' +
      'Refused without --force: when the gateway cannot be asked; when the consumer lacks a secret that\n' +
      'the live config did not need (its events would wait on their schedule and then die; a secret that\n' +
      'was missing before is only warned about); and when somebody else published meanwhile. That last\n' +
      'one is seen in most cases, not in all: KV shows a write after up to a minute.\n' +
      'Who published is who is logged in at Cloudflare: a note, and no proof.',
    load: async () => (await import('./publish/push.ts')).definePush,
  },
  {
    name: 'history',
    summary: 'list what was published, by whom, and which is live',
    examples: [['history --limit 5', 'the last five, the newest first']],
    load: async () => (await import('./publish/history.ts')).defineHistory,
  },
  {
    name: 'diff',
    summary: 'show what differs between the live config, the config file and kept versions',
    examples: [
      ['diff', 'what a push would change'],
      ['diff 35a5 live', 'what has changed since a version'],
    ],
    notes:
      'Exit codes: 0 the same, 1 different, 2 trouble. The order of endpoints and targets does not count.',
    load: async () => (await import('./publish/diff.ts')).defineDiff,
  },
  {
    name: 'rollback',
    summary: 'publish an earlier version again',
    examples: [
      ['rollback', 'to what was live before; again: one further back'],
      ['rollback 35a5 --yes', 'to a version by name: safe to run twice'],
    ],
    notes:
      'Nothing is deleted: a rollback is a publication of its own. It is refused for the same reasons as\n' +
      'a push, and when the kept document is broken.',
    load: async () => (await import('./publish/rollback.ts')).defineRollback,
  },
  {
    name: 'numbers',
    summary: 'show where your Twilio numbers point, move them to the gateway, and back',
    examples: [
      ['numbers scan', 'what bypasses the gateway, what has no fallback'],
      ['numbers adopt --only +15005550006', 'point one number at the gateway'],
      ['numbers restore', 'put back what adopt changed'],
    ],
    notes: 'switchboard numbers <verb> --help tells more.',
    load: async () => (await import('./numbers/numbers.ts')).defineNumbers,
  },
  {
    name: 'rotate',
    summary: "replace an account's auth token without losing a webhook",
    examples: [
      ['rotate', 'do the next steps, and ask before each that matters'],
      ['rotate --status', 'show where the rotation stands'],
      ['rotate --yes --wait 20m', 'for scripts: all of it, once the old key is silent'],
      ['rotate --abort', 'delete the new token again, before it is promoted'],
    ],
    notes:
      'Run it again after any failure or pause: it goes on where it stopped. The ring is the one in\n' +
      '.dev.vars, and replaces that of the Workers. After the promotion Twilio refuses the old token for\n' +
      'its API at once; the old key leaves the ring when it has signed nothing for 15 minutes.\n' +
      'With no rotation under way, rotate begins one.',
    load: async () => (await import('./rotate/rotate.ts')).defineRotate,
  },
  {
    name: 'explain',
    summary: 'say why a captured request passes the signature check, or does not',
    examples: [
      ['explain request.txt', 'a curl command, raw HTTP, a HAR or JSON in a file'],
      [
        'explain --url https://hooks.example.com/sms < request.txt',
        'with the URL that is in Twilio',
      ],
      ['explain request.har --entry 3 --token-stdin < token.txt', 'with another token'],
    ],
    notes: [
      'JSON is { "method", "url", "headers": {…} or [["name", "value"], …], "body", "encoding": "base64" if it is }.',
      'The tokens come from TWILIO_AUTH_TOKENS (environment or .dev.vars) or standard input.',
      'Exit codes: 0 the gateway accepts it, 1 it does not, 2 the call or the capture is wrong.',
    ].join('\n'),
    load: async () => (await import('./explain/explain.ts')).defineExplain,
  },
  {
    name: 'events',
    summary: 'list events, show one whole, send them again',
    examples: [
      ['events list --outcome dead --since 24h', 'what died of what came since yesterday'],
      [
        'events show evt_90c8812403398797436c8e8049dd4afb',
        'what came, what was answered, each attempt',
      ],
      ['events replay --dead --target crm', 'send again what is dead for a target'],
    ],
    notes: 'switchboard events <verb> --help tells more.',
    load: async () => (await import('./console/events.ts')).defineEvents,
  },
  {
    name: 'tail',
    summary: 'show events as they come, and what becomes of them',
    examples: [
      ['tail', 'of a running switchboard dev'],
      [
        'tail --console https://console.example.com --kind "voice.*"',
        'calls, of the deployed gateway',
      ],
      ['tail --outcome dead --json', 'a JSON object a line, for scripts'],
    ],
    notes:
      'This verb streams: one line an event, another when its outcome changes, with --json one JSON object a\n' +
      'line. A lost connection is said on standard error, and made again without a gap. Exit codes: 0 ended by\n' +
      `Ctrl-C, 1 failed, 2 not let in, or a wrong call.\n\n${LOGIN}`,
    load: async () => (await import('./console/tail.ts')).defineTail,
  },
  {
    name: 'listen',
    summary: 'send the events of a deployed gateway to an app on this machine',
    examples: [
      [
        'listen --forward http://localhost:3000/hooks --console https://console.example.com',
        'every event that comes from now on',
      ],
      [
        'listen --forward http://localhost:3000/sms --format twilio --kind messaging.inbound',
        "as Twilio's own requests, signed with the account's token for this URL",
      ],
    ],
    notes:
      "The app gets what a target would get, and its targets get it, too. An operator's token is needed: the\n" +
      'whole event is sent here. An app that is down is tried again a few times, then the event is skipped.\n' +
      'CloudEvents are signed with FORWARD_SIGNING_SECRET (environment or .dev.vars), else with a secret that\n' +
      'the state folder keeps; the format twilio with the token in TWILIO_AUTH_TOKENS. This verb streams: with\n' +
      `--json one JSON object a line.\n\n${LOGIN}`,
    load: async () => (await import('./console/listen.ts')).defineListen,
  },
  {
    name: 'simulate',
    summary: 'play a Twilio that misbehaves, and enemies, against a gateway, and keep the account',
    examples: [
      ['simulate', '200 webhooks to a running switchboard dev'],
      ['simulate --seed 7c1e --count 5000 --rate 100', 'the same 5,000 each time'],
      ['simulate --mix follow=1,message=4', 'callers who follow the TwiML, and messages'],
    ],
    notes:
      'Exit codes: 0 everything was answered as it has to be, 1 it was not, 2 the call is wrong, 130 ended early.',
    load: async () => (await import('./simulate/simulate.ts')).defineSimulate,
  },
]
