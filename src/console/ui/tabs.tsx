/** A few views of the same page, as links. */

interface TabsProps {
  label: string
  items: readonly { href: string; label: string; isCurrent: boolean }[]
}

export function Tabs({ label, items }: TabsProps) {
  return (
    <nav aria-label={label}>
      <ul class="tabs">
        {items.map((item) => (
          <li>
            <a href={item.href} {...(item.isCurrent ? { 'aria-current': 'page' as const } : {})}>
              {item.label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}
