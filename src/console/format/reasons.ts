/**
 * Why a delivery waits or is dead, for people: one sentence on what happened, one on what to do.
 * Every reason that the consumer and the ledger write has a row; a test looks through their sources.
 */

export interface ReasonText {
  /** A few words, for a list. */
  title: string
  /** What happened. */
  explanation: string
  /** What to do next. */
  next: string
}

const WAIT = 'Nothing has to be done: it goes out by itself.'
/** True of what waits and of what is dead: a status may end either way. */
const EITHER = 'What waits goes out by itself; replay what is dead once the target is well.'
const REPLAY = 'Mend that, then replay what is dead.'

export const REASONS: Readonly<Record<string, ReasonText>> = {
  timeout: {
    title: 'No answer in time',
    explanation:
      'The target did not answer within its time-out, and may have done the work all the same.',
    next: 'Let the target answer as soon as it has stored the event, or give it a longer time-out.',
  },
  unreachable: {
    title: 'No connection',
    explanation: 'There was no connection (DNS, TCP or TLS), or what came back was no HTTP.',
    next: 'Check that the target’s host is up, its name resolves and its certificate is valid.',
  },
  target_gone: {
    title: 'Target says it is gone',
    explanation: 'The target answered 410, so it was paused and its events wait.',
    next: 'Ask its owner, then resume the target or remove it from the config.',
  },
  breaker_open: {
    title: 'Target is down',
    explanation:
      'The target failed many times in a row, so nothing is sent but a probe now and then.',
    next: 'Look at the last attempts of the target; what waits goes out once a probe gets through.',
  },
  rate_limited: {
    title: 'Waits for its turn',
    explanation: 'The target’s rate limit is used up for now, which costs no attempt.',
    next: 'Nothing has to be done; raise the limit if the backlog does not get smaller.',
  },
  lane_full: {
    title: 'Waits for a connection',
    explanation: 'All of the target’s connections are busy, which costs no attempt.',
    next: 'Nothing has to be done; raise its concurrency if the backlog does not get smaller.',
  },
  paused: {
    title: 'Target is paused',
    explanation:
      'Somebody paused the target, or it answered 410; its events wait and none is lost.',
    next: 'Resume the target when it is ready.',
  },
  retry: {
    title: 'Waits for its next attempt',
    explanation: 'The last attempt failed, and the next one is not due yet.',
    next: WAIT,
  },
  lost: {
    title: 'Found again',
    explanation: 'Its queue message was gone, and the ledger still knew what was owed.',
    next: WAIT,
  },
  target_removed: {
    title: 'Target is not in the config',
    explanation: 'The config has no target of this name any more.',
    next: 'Put the target back into the config if that was a mistake, then replay what is dead.',
  },
  expired: {
    title: 'Waited for too long',
    explanation:
      'It waited for longer than events are kept for a target, most likely because the target was paused.',
    next: 'Resume the target if it is paused, then replay what is still of use.',
  },
  secret_missing: {
    title: 'Secret is not set',
    explanation: 'A secret that the target names is not set on the consumer.',
    next: 'Set the secret on the consumer (switchboard deploy does), then replay what is dead.',
  },
  secret_invalid: {
    title: 'Secret is malformed',
    explanation:
      'A secret that the target names cannot be used: a signing secret is base64, a bearer token plain text.',
    next: 'Set it again, then replay what is dead.',
  },
  url_invalid: {
    title: 'URL in a secret is wrong',
    explanation: 'The secret that holds the target’s URL is no public https URL.',
    next: 'Set the secret to the whole URL, then replay what is dead.',
  },
  token_missing: {
    title: 'No auth token for the account',
    explanation:
      'The format twilio signs with the account’s auth token, and the consumer has none for it.',
    next: 'Add the account to TWILIO_AUTH_TOKENS of the consumer, then replay what is dead.',
  },
  request_invalid: {
    title: 'No request can be made of it',
    explanation: 'The event, or a header of the target, does not fit into an HTTP request.',
    next: 'Check the target’s headers, and report the event if they are in order.',
  },
  handler_failed: {
    title: 'Our own code failed',
    explanation: 'Switchboard itself failed on this message five times.',
    next: 'Look for message.failed in the consumer’s log and report it; replay the event after an update.',
  },
  retries_exhausted: {
    title: 'Handed out too often',
    explanation:
      'Cloudflare gave the message up after a hundred hand-outs, as in an outage of D1 or KV that lasts for days.',
    next: 'Replay it once the consumer works again.',
  },
  reference_missing: {
    title: 'Event is gone from KV',
    explanation:
      'The event was kept apart in KV, since it is large or redacted, and is not there any more.',
    next: 'It cannot be sent again from here: fetch what it was about from Twilio’s API.',
  },
  reference_unreadable: {
    title: 'Event in KV is broken',
    explanation: 'The event was kept apart in KV, and what is there cannot be read.',
    next: 'Look at the key event:… in KV, and whether something else writes there.',
  },
  event_gone: {
    title: 'Nothing to replay',
    explanation: 'The replay names an event that the ledger does not have, or no longer.',
    next: 'Events are deleted after the retention: fetch what it was about from Twilio’s API.',
  },
  unreadable_type: {
    title: 'Not a text message',
    explanation: 'What was in the queue is no text, so no version of the gateway has put it there.',
    next: 'Find out what else writes into the queue.',
  },
  unreadable_json: {
    title: 'Not JSON',
    explanation: 'What was in the queue is no JSON.',
    next: 'Find out what else writes into the queue.',
  },
  unreadable_version: {
    title: 'Message of another version',
    explanation: 'The message is of a version that this consumer does not know.',
    next: 'Deploy gateway and consumer of the same version, then replay what is dead.',
  },
  unreadable_shape: {
    title: 'Not a message',
    explanation: 'What was in the queue is JSON, but no message of the gateway.',
    next: 'Find out what else writes into the queue.',
  },
}

/** What a target means by a status; where it matters what to do about it. */
const STATUSES: Readonly<Record<string, readonly [explanation: string, next: string]>> = {
  '400': [
    'The target found the request malformed.',
    `Compare what it expects with the target’s format. ${REPLAY}`,
  ],
  '401': [
    'The target wants to know who calls.',
    'Check the bearer token or the signing secret of the target, on both sides.',
  ],
  '403': [
    'The target refuses the call.',
    'Check its signature check, its firewall and the secrets on both sides.',
  ],
  '404': [
    'There is nothing under this URL.',
    'Check the target’s URL in the config against the app’s routes.',
  ],
  '405': [
    'The target does not take this method there.',
    'Let the URL take POST, or point the target at the one that does.',
  ],
  '408': ['The target waited too long for the request.', EITHER],
  '409': [
    'The target says that this contradicts what it has.',
    'Let it answer 2xx to an event that it has seen before.',
  ],
  '413': [
    'The event is too large for the target.',
    'Raise the body limit of the app or its proxy to 2 MB.',
  ],
  '415': [
    'The target does not take this content type.',
    'Let it take application/cloudevents+json, or choose another format.',
  ],
  '422': [
    'The target understood the event and will not take it.',
    'Look at its answer, mend the app, then replay what is dead.',
  ],
  '429': [
    'The target asks for fewer calls.',
    'Give the target a rate in the config that it can take.',
  ],
  '500': [
    'The app failed on this event.',
    'Look into the app’s log at that time, then replay what is dead.',
  ],
  '502': [
    'The proxy before the app got no proper answer from it.',
    'Check whether the app runs and where the proxy looks for it.',
  ],
  '503': ['The target is overloaded or down for a while.', EITHER],
  '504': [
    'The app did not answer its proxy in time.',
    'Let the app answer as soon as it has stored the event.',
  ],
}

const CLASSES: Readonly<Record<string, readonly [explanation: string, next: string]>> = {
  '1': [
    'The target answered with something that is no final answer.',
    'Check what stands before the app.',
  ],
  '3': [
    'The target answered with a redirect, which is never followed: the signature is for one URL.',
    'Put the URL that it leads to into the config.',
  ],
  '4': ['The target refuses this request.', `Look at its answer. ${REPLAY}`],
  '5': ['The target failed.', 'Look into the app’s log at that time, then replay what is dead.'],
}

const STATUS = /^status_(([1-9])\d{2})$/

/** One that this version does not know keeps its name. */
export function explainReason(reason: string): ReasonText {
  const known = Object.hasOwn(REASONS, reason) ? REASONS[reason] : undefined
  if (known !== undefined) return known
  const [, status = '', first = ''] = STATUS.exec(reason) ?? []
  const [explanation, next] = STATUSES[status] ??
    CLASSES[first] ?? [
      'This version of the console does not know the reason.',
      'Look at the attempts, and deploy the console together with the other Workers.',
    ]
  return { title: status === '' ? reason : `Answered ${status}`, explanation, next }
}
