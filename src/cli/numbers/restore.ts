/**
 * `switchboard numbers restore`: puts back what adopt changed, exactly. What somebody changed since is
 * left and reported. An entry leaves the backup only when Twilio has confirmed that it is back.
 */
import { EXIT } from '../terminal/errors.ts'
import { confirmOrEnd } from '../terminal/prompts.ts'
import { createTerminal, type Terminal } from '../terminal/terminal.ts'
import type { DefineVerb } from '../terminal/verb.ts'
import type { TwilioConnection } from '../twilio/client.ts'
import { applyOrders, toRefusedError } from './apply.ts'
import { BACKUP_FILE, loadBackup, saveBackup, withBackupClaimed } from './backup-file.ts'
import { fieldsOf, removeFields, type Backup, type BackupEntry } from './backup.ts'
import { connect, readEverything } from './connect.ts'
import type { Inventory } from './inventory.ts'
import { collect } from './options.ts'
import { planRestore, type RestorePlan } from './plan-restore.ts'
import { toCount, type FieldName } from './resource.ts'
import { toRestoreData, toRestoreText } from './restore-text.ts'
import { chooseResources, readSelection } from './selection.ts'

export const defineRestore: DefineVerb = (verb) => {
  verb
    .option('--only <which>', 'a number, a SID, or a file of them; may be repeated', collect, [])
    .option('--force', 'also what somebody changed since; forget numbers that are gone')
    .option('--dry-run', 'show what would be put back, and change nothing')
    .option('--yes', 'do not ask')
    .action(({ only, force = false, dryRun = false, yes = false, json }) => {
      const terminal = createTerminal({ json })
      const selection = readSelection(only)
      const work = () => restore(terminal, { selection, force, dryRun, yes })
      return dryRun ? work() : withBackupClaimed(work)
    })
}

interface RestoreOptions {
  selection: string[] | null
  force: boolean
  dryRun: boolean
  yes: boolean
}

async function restore(terminal: Terminal, options: RestoreOptions): Promise<void> {
  const backup = loadBackup()
  const { selection, force, dryRun, yes } = options
  const entries = Object.entries(backup.entries).map(([sid, entry]) => ({ ...entry, sid }))
  if (entries.length === 0) {
    const text = `Nothing to put back: there is no ${BACKUP_FILE} in this folder.`
    return terminal.result({ restored: 0 }, text)
  }
  const chosen = selection && chooseResources(entries, selection).map(({ sid }) => sid)
  const connection = await connect()
  const { inventory } = await readEverything(terminal, connection, [])
  const wasRead = (entry: BackupEntry) => isRead(inventory, entry)
  const plan = planRestore({ backup, chosen, bySid: inventory.bySid, wasRead, force })
  const count = plan.putBack.length
  if (dryRun) {
    const text = `${toRestoreText(plan)}\n\nNothing was changed: --dry-run.`
    return terminal.result({ dryRun, ...toRestoreData(plan) }, text)
  }
  if (count > 0) {
    terminal.note(toRestoreText(plan))
    const message = `Put ${toCount(count)} back at Twilio?`
    await confirmOrEnd(terminal, { message, instead: '--yes' }, yes)
  }
  await putBack(terminal, connection, { inventory, backup, plan })
  const isWhole = plan.conflicts.length === 0 && plan.unread.length === 0
  if (!isWhole) process.exitCode = EXIT.failed
  const data = { dryRun, ...toRestoreData(plan), restored: count }
  terminal.result(data, toEnd(plan))
}

function isRead({ accounts, unread }: Inventory, entry: BackupEntry): boolean {
  const isHole = unread.some(
    ({ account, kind }) => account === entry.account && kind === entry.kind,
  )
  return !isHole && accounts.some(({ sid }) => sid === entry.account)
}

const HALF_WAY = {
  code: 'restore_incomplete',
  next: 'Run the same command again: it finishes the rest.',
}

/** How many confirmed ones may be looked at once more after the process was killed. */
const SAVE_EVERY = 50

async function putBack(
  terminal: Terminal,
  connection: TwilioConnection,
  { inventory, backup, plan }: { inventory: Inventory; backup: Backup; plan: RestorePlan },
): Promise<void> {
  const orders = plan.putBack.map(({ resource: { account, kind, sid }, set }) => {
    return { account, kind, sid, set }
  })
  const back: { sid: string; names: FieldName[] }[] = [...plan.back]
  const save = () => saveBackup(removeFields(backup, back))
  try {
    const refused = await applyOrders(orders, {
      terminal,
      connection,
      accounts: inventory.accounts,
      title: `Putting ${toCount(orders.length)} back`,
      onDone: ({ sid, set }, answer) => {
        const names = fieldsOf(set).filter((name) => answer[name] === set[name])
        if (back.push({ sid, names }) % SAVE_EVERY === 0) save()
      },
      halfWay: HALF_WAY,
    })
    if (refused.length > 0) throw toRefusedError(refused, orders.length, HALF_WAY)
  } finally {
    save()
  }
}

function toEnd(plan: RestorePlan): string {
  const count = plan.putBack.length
  const first = count === 0 ? 'Nothing had to be put back.' : `${toCount(count)} put back.`
  const left = toRestoreText({ ...plan, putBack: [] })
  return left === '' ? first : `${first}\n${left}`
}
