/**
 * What every page has around it: the head, the navigation, who is looking, and the place where the script
 * says aloud what has changed.
 */
import type { PropsWithChildren } from 'hono/jsx'
import { assetUrl } from '../assets/assets.ts'
import { PostForm, SubmitButton } from '../ui/form.tsx'
import { useFrame } from '../ui/frame.ts'

export const SECTIONS = [
  { name: 'overview', href: '/', label: 'Overview' },
  { name: 'events', href: '/events', label: 'Events' },
  { name: 'targets', href: '/targets', label: 'Targets' },
  { name: 'dead', href: '/dead', label: 'Dead' },
  { name: 'config', href: '/config', label: 'Config' },
  { name: 'access', href: '/access', label: 'Access' },
] as const

export type Section = (typeof SECTIONS)[number]['name']

export interface LayoutProps {
  title: string
  /** Null: it belongs to none, as the login does. */
  section: Section | null
  /** One column, for a form alone. */
  isNarrow?: boolean
}

/**
 * No inline code, so htmx may not evaluate any; and no snapshots of pages in the browser's storage, where
 * they would outlive the session.
 */
const HTMX = JSON.stringify({
  allowEval: false,
  allowScriptTags: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
  historyCacheSize: 0,
  historyEnabled: true,
  timeout: 20_000,
})

export function Layout({ title, section, isNarrow, children }: PropsWithChildren<LayoutProps>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="htmx-config" content={HTMX} />
        <title>{title} · Switchboard</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href={assetUrl('style.css')} />
        <script src={assetUrl('htmx.js')} defer></script>
        <script src={assetUrl('console.js')} defer></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the page
        </a>
        <Bar section={section} />
        <main id="main" tabindex={-1} class={isNarrow === true ? 'narrow' : ''}>
          {children}
        </main>
        {section && (
          <footer class="foot">
            <p data-zone>Times are in UTC.</p>
          </footer>
        )}
        <div id="live" class="unseen" role="status"></div>
      </body>
    </html>
  )
}

function Bar({ section }: Pick<LayoutProps, 'section'>) {
  const { identity } = useFrame()
  return (
    <header class="bar">
      <a class="brand" href="/">
        <Mark />
        Switchboard
      </a>
      {identity && (
        <nav aria-label="Main">
          <ul>
            {SECTIONS.map(({ name, href, label }) => (
              <li>
                <a href={href} {...(name === section ? { 'aria-current': 'page' as const } : {})}>
                  {label}
                </a>
              </li>
            ))}
          </ul>
        </nav>
      )}
      {identity && <Who />}
    </header>
  )
}

/** Only a session of ours can be ended here: Access has its own way out. */
function Who() {
  const { identity } = useFrame()
  if (!identity) return null
  const { actor, role, via } = identity
  return (
    <div class="who">
      <span class="actor">
        <span class="unseen">Signed in as </span>
        {actor}
      </span>
      <span>{role}</span>
      {via === 'access' && <a href="/cdn-cgi/access/logout">Log out</a>}
      {via === 'password' && (
        <PostForm action="/logout">
          <SubmitButton isSmall>Log out</SubmitButton>
        </PostForm>
      )}
    </div>
  )
}

/** Three jacks, one of them plugged in. */
function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 22 22" aria-hidden="true">
      <rect
        x="1"
        y="1"
        width="20"
        height="20"
        rx="5"
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
      />
      <circle cx="6.5" cy="7.5" r="2" fill="none" stroke="currentColor" stroke-width="1.4" />
      <circle cx="15.5" cy="7.5" r="2.4" fill="currentColor" />
      <path
        d="M15.5 8C15.5 15 6.5 11 6.5 16"
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
      />
      <circle cx="6.5" cy="15.5" r="2.4" fill="currentColor" />
    </svg>
  )
}
