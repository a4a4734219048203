//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package doctor

import "os"

// terminalWidth does not know the terminals of this system.
func terminalWidth(*os.File) int { return 0 }
