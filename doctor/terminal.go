//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package doctor

import (
	"os"
	"syscall"
	"unsafe"
)

// terminalWidth returns the columns of the terminal, and 0 if f is none.
func terminalWidth(f *os.File) int {
	var size struct{ rows, columns, x, y uint16 }
	_, _, failed := syscall.Syscall(syscall.SYS_IOCTL, f.Fd(), syscall.TIOCGWINSZ, uintptr(unsafe.Pointer(&size)))
	if failed != 0 {
		return 0
	}
	return int(size.columns)
}
