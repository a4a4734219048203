package doctor

import "strings"

// Colored is what a terminal of this width shows.
func Colored(r *Report, width int) string {
	var b strings.Builder
	(&printer{w: &b, color: true, width: width}).report(r)
	return b.String()
}

// Decisions about how to print, and about the content of a chat step.
var (
	WantsColor    = wantsColor
	WidthOf       = widthOf
	JudgeContent  = judgeContent
	JudgeDelivery = judgeDelivery
)

// HoldAtATime sets how many connections and endpoints a sweep holds.
func HoldAtATime(d *Doctor, n int) { d.heldAtATime = n }

// RoundTrip reads a cursor and writes it again.
func RoundTrip(cursor string) (string, error) {
	p, err := parseCursor(cursor)
	if err != nil {
		return "", err
	}
	return p.cursor(), nil
}
