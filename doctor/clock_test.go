package doctor_test

import (
	"syscall"
	"time"
)

// realClock is the processor time of the process; a bubble does not fake it.
func realClock() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
