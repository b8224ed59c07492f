/**
 * The secrets that a config needs, and whether they are set here and can be used. Pure, and no value gets
 * into what it says.
 */
import type { CompiledConfig } from '../../config/compiled.ts'
import { parseReachableUrl } from '../../config/outbound-url.ts'
import { at } from '../../config/problem.ts'
import { REDACT_SECRET, TOKENS_SECRET } from '../../config/secret-names.ts'
import { parseSigningSecret } from '../../delivery/standard-webhooks.ts'
import { parseKeyRing } from '../../twilio/keyring.ts'
import type { ReadSecret } from '../project/secrets.ts'
import type { Finding } from './finding.ts'

export interface SecretState {
  name: string
  isSet: boolean
}

export interface SecretsReport {
  secrets: SecretState[]
  /** Not set here: they may well be where it runs. */
  missing: Finding[]
  /** Set here, and wrong wherever it runs. */
  broken: Finding[]
}

interface Need {
  name: string
  /** Where the config names it. */
  path: string
  /** What is wrong with a value. */
  check: (value: string) => Pick<Finding, 'code' | 'message' | 'fix'> | null
}

export function checkSecrets(
  config: CompiledConfig,
  read: ReadSecret,
  { local }: { local: boolean },
): SecretsReport {
  const report: SecretsReport = { secrets: [], missing: [], broken: [] }
  for (const { name, path, check } of listNeeds(config, local)) {
    const value = read(name)
    const isKnown = report.secrets.some((secret) => secret.name === name)
    if (!isKnown) report.secrets.push({ name, isSet: value !== undefined })
    if (value === undefined) {
      if (!isKnown) report.missing.push(toMissing(name, path))
      continue
    }
    const problem = check(value)
    if (problem) report.broken.push({ path, ...problem })
  }
  return report
}

function listNeeds(config: CompiledConfig, local: boolean): Need[] {
  const needs: Need[] = [{ name: TOKENS_SECRET, path: TOKENS_SECRET, check: checkTokens }]
  for (const { name: target, secrets, bearer, urlSecret } of config.targets) {
    const path = at('targets', target)
    const word = secrets.length > 1 ? 'secrets' : 'secret'
    for (const name of secrets)
      needs.push({ name, path: at(path, word), check: checkSigning(name) })
    if (bearer !== null) {
      needs.push({ name: bearer, path: at(path, 'bearer'), check: checkBearer(bearer) })
    }
    if (urlSecret !== null && urlSecret !== undefined) {
      needs.push({
        name: urlSecret,
        path: at(path, 'urlSecret'),
        check: checkUrl(urlSecret, local),
      })
    }
  }
  if ((config.redact ?? []).length > 0) {
    needs.push({ name: REDACT_SECRET, path: 'redact', check: () => null })
  }
  return needs
}

const toMissing = (name: string, path: string): Finding => ({
  path,
  code: 'secret_missing',
  message: path === name ? 'not set here' : `${name} is not set here`,
  fix: 'set it in the environment or .dev.vars, and as a Worker secret when you deploy',
})

const checkTokens: Need['check'] = (value) => {
  const ring = parseKeyRing(value)
  if (ring.ok) return null
  const fix = 'put one auth token into it, or JSON with a key ring for each account'
  return { code: 'tokens_invalid', message: `${TOKENS_SECRET} ${ring.error.hint}`, fix }
}

const checkSigning =
  (name: string): Need['check'] =>
  (value) =>
    parseSigningSecret(value).ok
      ? null
      : {
          code: 'secret_invalid',
          message: `${name} is not base64, with or without whsec_ before it`,
          fix: 'make one: echo "whsec_$(openssl rand -base64 32)"',
        }

const checkBearer =
  (name: string): Need['check'] =>
  (value) =>
    /^[ -~]+$/.test(value.trim())
      ? null
      : {
          code: 'secret_invalid',
          message: `${name} has characters that no header can carry`,
          fix: 'a token is visible ASCII',
        }

const checkUrl =
  (name: string, local: boolean): Need['check'] =>
  (value) => {
    const url = parseReachableUrl(value, local)
    if (url.ok) return null
    const { message, fix } = url.error
    return {
      code: 'url_invalid',
      message: `${name} holds no URL that may be called: ${message}`,
      fix,
    }
  }
