package novu

// Version is the version of Novu that is played, as it was recorded.
type Version string

// The versions that were recorded.
const (
	V315 Version = "3.15" // of April 2026
	V319 Version = "3.19" // of August 2026
)

// Since tells whether v is other or a later version.
func (v Version) Since(other Version) bool { return v >= other }

// is319 tells whether this server answers as 3.19 does, rather than as 3.15.
func (s *Server) is319() bool { return s.config.Version.Since(V319) }
