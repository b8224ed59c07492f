/**
 * What is wrong with a config: where, what, and what to do about it.
 *
 * Messages quote names that the user wrote, and never a value that may be a secret.
 */

export type ProblemCode =
  // Shape
  | 'wrong_type'
  | 'missing'
  | 'unknown_key'
  | 'out_of_range'
  | 'bad_name'
  | 'bad_duration'
  | 'not_json'
  // Endpoints
  | 'bad_path'
  | 'reserved_path'
  | 'duplicate_path'
  | 'unknown_kind'
  | 'bad_reply'
  | 'bad_status'
  | 'reply_mismatch'
  | 'unreachable_reply'
  | 'bad_placeholder'
  // Targets
  | 'unknown_event'
  | 'event_mismatch'
  | 'conflict'
  | 'bad_secret_name'
  | 'secret_value'
  | 'bad_header'
  | 'reserved_header'
  // URLs
  | 'bad_url'
  | 'not_https'
  | 'url_part'
  | 'private_address'
  // Conditions
  | 'unknown_operator'
  | 'bad_operand'
  | 'bad_regex'
  | 'bad_time'
  | 'time_not_allowed'
  // TwiML
  | 'file_missing'
  | 'twiml_too_large'
  | 'twiml_malformed'
  | 'twiml_too_deep'
  | 'twiml_wrong_root'
  | 'twiml_mixed'
  | 'twiml_unknown_element'
  | 'twiml_nesting'
  | 'twiml_attribute'
  | 'twiml_value'
  | 'twiml_text'
  | 'twiml_messages'
  // Warnings only
  | 'unsigned'
  | 'unknown_parameter'
  | 'secret_in_url'
  | 'secret_unused'
  | 'secret_in_header'
  | 'reply_ignored'
  | 'slow_regex'
  | 'unencoded_placeholder'

export interface Problem {
  /** As one would write it in TypeScript: `endpoints.voice.reply[1].twiml`; empty: the whole config. */
  path: string
  code: ProblemCode
  message: string
  fix: string
}

/** A problem before it is known where. */
export type Complaint = Omit<Problem, 'path'>

/** Collects everything that is wrong, so that all of it is reported at once. */
export class Report {
  readonly problems: Problem[] = []
  readonly warnings: Problem[] = []

  add(path: string, complaint: Complaint): void {
    this.problems.push({ path, ...complaint })
  }

  warn(path: string, complaint: Complaint): void {
    this.warnings.push({ path, ...complaint })
  }

  /** Takes over what was found in a file, and says in which. */
  addAll(found: Report, prefix: string): void {
    const placed = (problem: Problem) => ({ ...problem, message: prefix + problem.message })
    this.problems.push(...found.problems.map(placed))
    this.warnings.push(...found.warnings.map(placed))
  }
}

/** The path of a member. */
export function at(path: string, key: PropertyKey): string {
  if (typeof key === 'number') return `${path}[${key}]`
  const name = String(key)
  if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${path}[${JSON.stringify(name)}]`
  return path === '' ? name : `${path}.${name}`
}
