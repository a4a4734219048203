// Package bench compares the module with net/http and with its peers on the
// same work. Its tests hold the module to budgets:
//
//	go test ./...                                         # the budgets
//	go test -run TestPerformanceDocument -update -timeout 1h    # writes docs/performance.md
//	go test -run ^$ -bench . -count 10                    # for benchstat
package bench

import "flag"

var update = flag.Bool("update", false, "measure everything and write docs/performance.md")
