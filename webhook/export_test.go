package webhook

// NewLimit makes the limits that can't be seen from outside.
var NewLimit = newLimits

// Take reserves a turn and returns how many limiters are kept.
func (l *limits) Take(url string) int {
	l.reserve(url)
	return len(l.urls)
}
