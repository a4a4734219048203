package novu

import (
	"regexp"
	"strconv"
	"time"
)

// pacer spends a server's tokens no faster than it makes them. If it knows of no limit there is none.
type pacer struct {
	limited bool
	coarse  bool          // tokens come in batches rather than one by one
	left    int           // tokens that nobody has spent yet
	pause   time.Duration // until there is one again
}

func (p *pacer) spend() bool {
	if !p.limited {
		return true
	}
	if p.left == 0 {
		return false
	}
	p.left--
	return true
}

// learn takes what an answer said. Responses arrive out of order, so only one whose request was alone
// may raise the estimate. No pause is longer than the longest.
func (p *pacer) learn(o triggerOutcome, spent int, longest time.Duration) {
	limit := o.answer.RateLimit
	switch {
	case limit.Limit == 0:
		return
	case o.soloRequest || !p.limited:
		p.left = max(0, limit.Remaining-spent) // those were spent since
	default:
		p.left = min(p.left, limit.Remaining)
	}
	p.limited = true
	p.coarse = p.coarse || o.answer.Attempts > 1
	p.pause = limit.pause(p.coarse, longest)
}

var windowOf = regexp.MustCompile(`;\s*w=(\d{1,4})\b`)

// pause is how long it takes for a token to come. Reset is rounded up to a second; subtract it unless
// the server has already rejected a request for being early. A server may mean something else by Reset,
// such as a time of day, so no pause is longer than the longest.
func (l RateLimit) pause(coarse bool, longest time.Duration) time.Duration {
	window := time.Second
	if m := windowOf.FindStringSubmatch(l.Policy); m != nil {
		if seconds, err := strconv.Atoi(m[1]); err == nil && seconds > 0 {
			window = time.Duration(seconds) * time.Second
		}
	}
	one := min(window/time.Duration(l.Limit), longest)
	reset := min(l.Reset, longest)
	if coarse {
		return max(reset, one)
	}
	return min(max(reset-time.Second, 0)+one, longest)
}
