/**
 * `switchboard numbers adopt`: points numbers at the gateway. Shows what would change, saves what is
 * there, and only then changes it. After any failure, running it again finishes the rest.
 */
import { isDeepStrictEqual } from 'node:util'
import { DEFAULT_CONFIG_FILE } from '../project/config-file.ts'
import { WorkError } from '../terminal/errors.ts'
import { confirmOrEnd } from '../terminal/prompts.ts'
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import { parseHttpUrl, type DefineVerb } from '../terminal/verb.ts'
import type { TwilioConnection } from '../twilio/client.ts'
import { tellAccountNotes } from './account-notes.ts'
import { toPlanData, toPlanText } from './adopt-text.ts'
import { applyOrders, toRefusedError } from './apply.ts'
import { BACKUP_FILE, loadBackup, saveBackup, withBackupClaimed } from './backup-file.ts'
import { addAnswers, addOriginals, findOverwritten } from './backup.ts'
import { chooseTargets, type TargetOptions } from './choose-targets.ts'
import { connect, loadGateway, readEverything, type Found } from './connect.ts'
import { collect, collectAccount } from './options.ts'
import { RECOMMENDED_OVERRIDES } from './overrides.ts'
import { planAdoption, type AdoptPlan } from './plan-adopt.ts'
import { toCount, type Fields } from './resource.ts'
import { chooseResources, readSelection } from './selection.ts'
import type { Wish } from './wish.ts'

export const defineAdopt: DefineVerb = (verb) => {
  verb
    .option('--config <file>', 'the config, whose publicUrl is the gateway', DEFAULT_CONFIG_FILE)
    .option('--only <which>', 'a number, a SID, or a file of them; may be repeated', collect, [])
    .option('--account <sid>', 'only this account; may be repeated', collectAccount, [])
    .option('--voice <path>', 'the endpoint for calls, or "none"; else guessed from the config')
    .option('--sms <path>', 'the endpoint for messages, or "none"; else guessed')
    .option('--status <path>', 'the endpoint for status callbacks, or "none"; else guessed')
    .option('--fallback <url>', 'what answers when the gateway does not', parseHttpUrl)
    .option('--fallback-voice <url>', 'the same, for calls only', parseHttpUrl)
    .option('--fallback-sms <url>', 'the same, for messages only', parseHttpUrl)
    .option('--overrides <fragment>', 'connection overrides, or "none"', RECOMMENDED_OVERRIDES)
    .option('--dry-run', 'show what would change, and change nothing')
    .option('--yes', 'do not ask')
    .action((options) => adopt(createTerminal(options), options))
}

interface AdoptOptions extends TargetOptions {
  config: string
  only: string[]
  account: string[]
  dryRun?: true | undefined
  yes?: true | undefined
}

interface Job {
  terminal: Terminal
  connection: TwilioConnection
  wish: Wish
  read: () => Promise<{ found: Found; plan: AdoptPlan }>
}

async function adopt(terminal: Terminal, options: AdoptOptions): Promise<void> {
  const selection = readSelection(options.only)
  const { config, gateway } = await loadGateway(options.config)
  const wish = await chooseTargets(terminal, options, { config, gateway })
  const connection = await connect()
  const read = async () => {
    const found = await readEverything(terminal, connection, options.account)
    const { inventory } = found
    const chosen = selection && chooseResources(inventory.resources, selection)
    return { found, plan: planAdoption({ ...inventory, chosen, gateway, wish }) }
  }
  const job = { terminal, connection, wish, read }
  if (options.dryRun) return dryRun(job)
  await withBackupClaimed(() => change(job, options.yes === true))
}

async function dryRun({ terminal, wish, read }: Job): Promise<void> {
  const { found, plan } = await read()
  tellAll(terminal, found, plan)
  const end = plan.changes.length === 0 ? 'Nothing to change.' : 'Nothing was changed: --dry-run.'
  const data = { dryRun: true, notes: found.notes, ...toPlanData(plan, wish) }
  terminal.result(data, `${toPlanText(plan, wish)}\n\n${end}`)
}

async function change({ terminal, connection, wish, read }: Job, isSure: boolean): Promise<void> {
  const backup = loadBackup()
  const { found, plan } = await read()
  const data = { dryRun: false, notes: found.notes, ...toPlanData(plan, wish) }
  tellAll(terminal, found, plan)
  if (plan.changes.length === 0) {
    return terminal.result(
      { ...data, changed: 0 },
      `${toPlanText(plan, wish)}\n\nNothing to change.`,
    )
  }
  terminal.note(toPlanText(plan, wish))
  const overwritten = findOverwritten(backup, plan.changes)
  if (overwritten.length > 0) {
    terminal.warn(
      `${toCount(overwritten.length)} were changed by somebody since an earlier adopt (${overwritten[0]} …): restore goes back to what was there before that one.`,
    )
  }
  const count = toCount(plan.changes.length)
  await confirmOrEnd(terminal, { message: `Change ${count} at Twilio?`, instead: '--yes' }, isSure)
  if (!isSure) await endIfChanged(plan, read)
  saveBackup(addOriginals(backup, plan.changes, new Date()))
  await makeChanges(terminal, connection, found, plan)
  const text = `${count} changed. What was there is in ${BACKUP_FILE}: "switchboard numbers restore" puts it back.
Next: call or text one of the numbers; "switchboard numbers scan" shows what is left.`
  terminal.result({ ...data, changed: plan.changes.length, backup: BACKUP_FILE }, text)
}

/** The answer may have taken a while, and the backup has to hold what is there now. */
async function endIfChanged(plan: AdoptPlan, read: Job['read']): Promise<void> {
  const again = await read()
  if (isDeepStrictEqual(again.plan, plan)) return
  throw new WorkError('Something changed at Twilio meanwhile: nothing was changed here.', {
    code: 'changed_meanwhile',
    next: 'Run it again and look at the new plan.',
  })
}

const HALF_WAY = {
  code: 'adopt_incomplete',
  next: 'Run the same command again: it finishes the rest. "switchboard numbers restore" takes all of it back.',
}

async function makeChanges(
  terminal: Terminal,
  connection: TwilioConnection,
  { inventory: { accounts } }: Found,
  { changes }: AdoptPlan,
): Promise<void> {
  const orders = changes.map(({ resource: { account, kind, sid }, set }) => {
    return { account, kind, sid, set }
  })
  const answers: { sid: string; set: Fields; answer: Fields }[] = []
  try {
    const refused = await applyOrders(orders, {
      terminal,
      connection,
      accounts,
      title: `Changing ${toCount(orders.length)}`,
      onDone: ({ sid, set }, answer) => answers.push({ sid, set, answer }),
      halfWay: HALF_WAY,
    })
    if (refused.length > 0) throw toRefusedError(refused, orders.length, HALF_WAY)
  } finally {
    saveBackup(addAnswers(loadBackup(), answers))
  }
}

function tellAll(terminal: Terminal, { notes }: Found, { withoutFallback }: AdoptPlan): void {
  tellAccountNotes(terminal, notes)
  if (withoutFallback === 0) return
  terminal.warn(
    `${toCount(withoutFallback)} URLs will have no fallback: when the gateway cannot be reached, callers hear an error. --fallback takes a URL, such as a TwiML Bin.`,
  )
}
