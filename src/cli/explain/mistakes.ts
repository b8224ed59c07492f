/**
 * Every known mistake: what happened, and how to mend it in words. After
 * https://www.twilio.com/docs/usage/security and the issues of Twilio's SDKs. No sentence holds anything
 * of the request but the origin that Twilio signed.
 */

interface MistakeText {
  happened: string
  /** `origin`: scheme, host and port that Twilio signed. */
  fix: (origin: string) => string
}

const PROXY_QUERY = () => 'Let whatever stands before the gateway pass the query on as it came.'
const PROXY_PATH = () =>
  'Let whatever stands before the gateway pass the path on as it came, or give Twilio the URL as the gateway sees it.'
const RAW_BODY = () =>
  'Let the body reach the check as the bytes that came: check before a parser, a framework or a firewall touches it.'
const publicUrl = (origin: string) =>
  `Set publicUrl to ${origin}, or change the URL in Twilio to what the gateway expects.`

export const MISTAKES = {
  missing_signature: {
    happened: 'The request has no X-Twilio-Signature.',
    fix: () =>
      'Nothing, if it was not Twilio who called. Else let the proxy pass the header, and keep it in the capture.',
  },
  signature_header: {
    happened:
      'The header X-Twilio-Signature is not written as Twilio writes it: 28 characters of base64, once.',
    fix: () =>
      'Let the header pass as it came; a proxy or the capture repeated, cut or encoded it.',
  },
  unknown_account: {
    happened: 'TWILIO_AUTH_TOKENS has no key for the account that the request names.',
    fix: () => 'Add the account with its own token, or *, to TWILIO_AUTH_TOKENS.',
  },
  other_accounts_token: {
    happened: 'It is signed with the token of another account than the request names.',
    fix: () =>
      'Look which token stands under which account in TWILIO_AUTH_TOKENS; a sub-account signs with its own.',
  },
  token_missing: {
    happened:
      'It is signed with the token from standard input, which TWILIO_AUTH_TOKENS does not have.',
    fix: () => 'Add that token to the key ring of its account in TWILIO_AUTH_TOKENS.',
  },
  scheme: { happened: 'Twilio signed this URL with another scheme.', fix: publicUrl },
  websocket_scheme: {
    happened: 'A WebSocket handshake was taken for a request, or a request for a handshake.',
    fix: () => 'Pass the headers Upgrade and Connection on; Twilio signs a handshake as wss:.',
  },
  port: { happened: 'Twilio signed this URL with another port.', fix: publicUrl },
  proxy_host: { happened: 'Twilio signed this URL with another host.', fix: publicUrl },
  host_case: {
    happened: 'Twilio signed the host in other upper and lower case letters.',
    fix: () => 'Write the host in Twilio in lower case.',
  },
  trailing_slash: {
    happened: 'A slash at the end of the path was added or taken away on the way.',
    fix: PROXY_PATH,
  },
  double_slash: { happened: 'Two slashes in the path became one, or one two.', fix: PROXY_PATH },
  path_prefix: {
    happened: 'The beginning of the path was taken away, or added, on the way.',
    fix: PROXY_PATH,
  },
  path: { happened: 'The path was changed on the way.', fix: PROXY_PATH },
  index_file: {
    happened: 'The name of an index file was added to the path or taken away.',
    fix: PROXY_PATH,
  },
  path_encoding: { happened: 'The path was written in another encoding.', fix: PROXY_PATH },
  query_lost: { happened: 'The query was changed, or lost, on the way.', fix: PROXY_QUERY },
  query_added: { happened: 'Something was added to the query on the way.', fix: PROXY_QUERY },
  query_order: { happened: 'The query came in another order.', fix: PROXY_QUERY },
  query_encoding: { happened: 'The query was written in another encoding.', fix: PROXY_QUERY },
  query_appended: {
    happened: 'The parameters of the query were signed twice: in the URL and behind it.',
    fix: () =>
      'Twilio does not sign like this. Whatever made the signature must sign a GET by its URL alone, and a POST by its URL and the body.',
  },
  body_hash_removed: {
    happened: 'bodySHA256 was removed from the query on the way.',
    fix: PROXY_QUERY,
  },
  body_hash_missing: {
    happened: 'A body that is no form came without bodySHA256, so nothing of it is signed.',
    fix: () =>
      'Twilio adds bodySHA256 to the query of JSON: pass it on. Without it the body proves nothing.',
  },
  body_changed: {
    happened: 'Twilio signed the URL, and the body is another than the one that bodySHA256 is of.',
    fix: RAW_BODY,
  },
  json_read_as_form: {
    happened: 'Twilio signed the URL alone, as for JSON, and the request says that it is a form.',
    fix: () => 'Let the content type pass as it came.',
  },
  form_read_as_json: {
    happened: 'Twilio signed form parameters, and the request says that it is JSON.',
    fix: () => 'Let the content type and the body pass as they came.',
  },
  method: {
    happened: 'The method was changed on the way, and the parameters moved between query and body.',
    fix: () =>
      'Answer Twilio without redirects (301 and 302 make GET of POST), and let the proxy keep the method.',
  },
  unsupported_type: {
    happened: 'The content type is neither a form nor JSON, so the gateway answers 415.',
    fix: () =>
      'Let the content type pass as it came; Twilio sends application/x-www-form-urlencoded or JSON.',
  },
  method_not_allowed: {
    happened: 'The gateway takes GET, POST and PUT only, and answers 405.',
    fix: () => 'Twilio sends no other method: this is not its request, or something changed it.',
  },
  unknown_path: {
    happened: 'The config has no endpoint at this path, so the gateway answers 404.',
    fix: () => 'Add an endpoint with this path, or change the URL in Twilio.',
  },
  too_large: {
    happened: 'The request is larger than the gateway takes, so it answers 413.',
    fix: () => "Twilio's requests are below 256 KB and 1,000 parameters: something added to it.",
  },
  value_trimmed: {
    happened: 'White space at the beginning or end of a value was cut off.',
    fix: () =>
      'Check the signature before the framework trims (Laravel: except the route from TrimStrings), over the raw body.',
  },
  line_ends: { happened: 'Line ends in a value were changed.', fix: RAW_BODY },
  plus_lost: {
    happened: 'A + and a space were taken for each other.',
    fix: () => 'Encode + as %2B where the form is written again, and decode it once.',
  },
  value_escaped: { happened: 'Values were escaped or encoded once too often.', fix: RAW_BODY },
  charset: { happened: 'Letters were read or written in another character set.', fix: RAW_BODY },
  number: {
    happened: 'A value was read as a number and written in another way.',
    fix: () => 'Keep all values as text.',
  },
  empty_dropped: {
    happened: 'Empty parameters were left out; Twilio signs their names.',
    fix: () => 'Keep empty values as they came (Laravel: ConvertEmptyStringsToNull).',
  },
  parameter_added: {
    happened: 'Parameters were added to the form on the way.',
    fix: () =>
      'Check over what the body holds, not over what a framework merged from query and route.',
  },
  list: {
    happened: 'A parameter that came more than once was written in another way.',
    fix: () => 'Keep every value of a name: the signed text repeats the name for each.',
  },
  capture_line_end: {
    happened: 'The capture ends with a line end that was never sent.',
    fix: () => 'The request itself is good: save the capture without a line end behind the body.',
  },
  unknown: {
    happened: 'No known mistake explains it.',
    fix: () =>
      'Is the token right, of this account, and not rotated since? Is the capture whole and unchanged? Else the request is not from Twilio.',
  },
} as const satisfies Record<string, MistakeText>

export type MistakeCode = keyof typeof MISTAKES
