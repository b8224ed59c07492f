/** What every page has around it: the head, the navigation, who is looking. */
import type { PropsWithChildren } from 'hono/jsx'
import { assetUrl } from '../assets/assets.ts'

interface LayoutProps {
  title: string
}

export function Layout({ title, children }: PropsWithChildren<LayoutProps>) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title} · Switchboard</title>
        <link rel="stylesheet" href={assetUrl('style.css')} />
        <script src={assetUrl('htmx.js')} defer></script>
        <script src={assetUrl('console.js')} defer></script>
      </head>
      <body>
        <main>{children}</main>
      </body>
    </html>
  )
}
