/** What differs between two configs, line by line as `switchboard diff` shows it. */
import { toVisible } from '../../format/visible.ts'
import { SelectField } from '../../ui/form.tsx'
import { PageHeader } from '../../ui/page-header.tsx'
import { Panel } from '../../ui/panel.tsx'
import { CONFIG_PATH, type Difference, type Publication } from './words.ts'

const MAX_OPTION_CHARS = 100

interface DiffPageProps {
  difference: Difference
  versions: readonly Publication[]
  /** As they were asked for. */
  from: string
  to: string
}

export function DiffPage({ difference, versions, from, to }: DiffPageProps) {
  const known = versions.map(({ id, version, at, message }) => ({
    value: id,
    label: toVisible(
      [at.slice(0, 16).replace('T', ' '), version, message].filter(Boolean).join(' · '),
      MAX_OPTION_CHARS,
    ).text,
  }))
  const asked = [from, to].filter(
    (name) => name !== 'live' && !known.some(({ value }) => value === name),
  )
  const options = [
    { value: 'live', label: 'What is live' },
    ...known,
    ...asked.map((name) => ({ value: name, label: toVisible(name, MAX_OPTION_CHARS).text })),
  ]
  return (
    <>
      <PageHeader title="What differs" up={{ href: CONFIG_PATH, label: 'Config' }} />
      <form method="get" action={`${CONFIG_PATH}/diff`} class="inline-form panel">
        <SelectField name="from" label="From" value={from} options={options} />
        <SelectField name="to" label="To" value={to} options={options} />
        <button type="submit" class="is-main">
          Compare
        </button>
      </form>
      <Panel id="difference" title={`${difference.from.version} → ${difference.to.version}`}>
        <DifferencePart difference={difference} />
      </Panel>
    </>
  )
}

export function DifferencePart({ difference }: { difference: Difference }) {
  const { isSame, lines, hidden } = difference
  if (isSame) return <p>No difference.</p>
  return (
    <>
      {lines.length > 0 && (
        <pre class="diff" tabindex={0}>
          {lines.map((line) => (
            <Line text={line} />
          ))}
        </pre>
      )}
      {hidden > 0 && (
        <p class="quiet">
          {hidden === 1 ? 'One change is' : `${hidden} changes are`} in what viewers do not see.
        </p>
      )}
    </>
  )
}

/** The sign is part of the line: what came and what went is not told by colour alone. */
function Line({ text }: { text: string }) {
  const sign = text.trimStart().charAt(0)
  if (sign === '+') return <ins>{`${text}\n`}</ins>
  if (sign === '-') return <del>{`${text}\n`}</del>
  return <>{`${text}\n`}</>
}
