package conformance_test

import (
	"fmt"
	"slices"
	"strings"
)

const reliabilityHead = `# What happens when something breaks

Written by ` + "`go test ./internal/conformance -run TestReliabilityDocument -update`" + `. ` + "`go test ./internal/conformance`" + `
puts every cell to the test, on servers with idempotency and without, and fails if this file says anything else. The server is
` + "`novutest`" + `, over HTTP/1.1, in memory and on a fake clock. The last table is over HTTP/2, on real connections. The retry policies
are the default ones.

## The rules

What is repeated follows from what an operation is:

- **read** and **idempotent write** (update, delete): repeated after every failure that may pass.
- **create**: the same, because it carries an identifier. A repeat that meets the first attempt's resource is a conflict, which is
  read back.
- **lock** (FailIfExists): the same, but a conflict after an attempt that can have been carried out is ErrOutcomeUnknown: nobody can
  tell who was first.
- **trigger**: the same. If an attempt may have been accepted, the next one waits at least a second. Once the server has answered
  with an error, the next one has a new idempotency key.
- **post** (a webhook, a bot's message, an agent's reply): repeated only if it can't have been posted: no connection, 429, 503 with
  Retry-After.
- **agent** (its creation): a post, because the server gives a taken identifier an ending. If the request may have been carried out,
  the agent is looked for, and one that equals what was asked for is taken.

There are four attempts. A Retry-After is obeyed if it is at most 60 s and the deadline allows it. Otherwise the call fails at once.

## Every fault, every operation

A fault happens once unless the row says otherwise. A cell says how the call ends, and how many requests were sent. Attempts that
found no connection count; reading back a conflict does not. The number behind the arrow says how often the call took effect on
the server.

Operations: %s.
`

const reliabilityFoot = `
¹ A webhook and a delete are done as soon as the status says so. Their answers have no body here that could break, and a webhook's
would not matter. A bot's message is reported as an error although it was posted.

² Any 2xx is a success where the body does not matter, so a proxy that answers 200 by itself goes unnoticed there. A create whose
answer can't be read is read back.

## Ten thousand, at 64 goroutines

3 of 10 requests fail. They are refused; they break before the commit, after it, or in the middle of the answer; or they are answered
429, 500, 502 (before and after the commit) or 503. In the rows without bound, the commit may also follow the break, and the server
keeps a 500 under the key. With idempotency on and off, ` + "`go test ./internal/conformance -run TestTenThousand`" + ` finds:

| | Asked for | Errors | On the server |
|---|---|---|---|
| creates, at most three faults in a row for one | 10,000 | 0 | 10,000 |
| triggers, at most three faults in a row for one | 10,000 | 0 | 10,000 messages |
| creates, faults without bound | 10,000 | some | one for each success, one or none for each error |
| triggers, faults without bound | 10,000 | some | one message for each success, one or none for each error |

A trigger is sent at most once, given that the server processes what it accepts within a second. Here it takes half a second.
`

// reliability is docs/reliability.md.
func reliability() string {
	var b strings.Builder
	names := make([][]string, kinds)
	for _, op := range operations {
		names[op.kind] = append(names[op.kind], "`"+op.name+"`")
	}
	var list []string
	for k := range kinds {
		list = append(list, kindNames[k]+" is "+strings.Join(names[k], ", "))
	}
	fmt.Fprintf(&b, reliabilityHead, strings.Join(list, ";\n"))
	all := append(slices.Clone(faults), http2Faults...)
	for start := 0; start < len(all); {
		end := start
		for end < len(all) && all[end].group == all[start].group {
			end++
		}
		writeGroup(&b, all[start:end])
		start = end
	}
	b.WriteString(reliabilityFoot)
	return b.String()
}

// writeGroup writes one table, with one row for all faults that have the same
// endings.
func writeGroup(b *strings.Builder, group []fault) {
	fmt.Fprintf(b, "\n### %s\n\n| |", group[0].group)
	for _, name := range kindNames {
		b.WriteString(" " + name + " |")
	}
	b.WriteString("\n|" + strings.Repeat("---|", 1+int(kinds)) + "\n")
	var rows []string // the cells, in the order of the faults
	names := make(map[string][]string)
	for i := range group {
		var cells strings.Builder
		for k, e := range group[i].expect {
			cells.WriteString(" " + cell(kind(k), e) + " |")
		}
		row := cells.String()
		if names[row] == nil {
			rows = append(rows, row)
		}
		names[row] = append(names[row], group[i].name)
	}
	for _, row := range rows {
		b.WriteString("| " + strings.Join(names[row], "; ") + " |" + row + "\n")
	}
}

// cell spells an ending out, such as "**error** 2 → 0".
func cell(k kind, e *ending) string {
	if e == nil {
		return ""
	}
	outcome := "ok"
	if e.fails {
		outcome = "**error**"
	}
	if k == read {
		return fmt.Sprintf("%s %d", outcome, e.requests)
	}
	return fmt.Sprintf("%s %d → %d", outcome, e.requests, e.effects)
}
