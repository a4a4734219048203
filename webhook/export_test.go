package webhook

// What can't be seen from outside without connecting to somebody else's host.
var (
	IsPublic = isPublic
	NewLimit = newLimits
)

// Take reserves a turn and returns how many limiters are kept.
func (l *limits) Take(url string) int {
	l.reserve(url)
	return len(l.urls)
}
