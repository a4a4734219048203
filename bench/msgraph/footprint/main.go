// Command footprint compares what "list the teams of a tenant" costs to build
// with package msteams and with Microsoft's own SDK: the time of a build with
// an empty cache, and the size of the program. Run it by hand in its directory:
//
//	go run .
//
// Microsoft's side takes many minutes, so it is behind the build tag "peer" and
// no other build compiles it.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

func main() {
	log.SetFlags(0)
	ours, err := measure("ours")
	if err != nil {
		log.Fatal(err)
	}
	peer, err := measure("peer")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("ours/peer: time 1/%.1f, processor time 1/%.1f, size 1/%.1f\n",
		peer.took.Seconds()/ours.took.Seconds(), peer.work.Seconds()/ours.work.Seconds(), float64(peer.size)/float64(ours.size))
}

type cost struct {
	took time.Duration
	work time.Duration // of the processor, which does not depend on what else it does
	size int64
}

// measure builds a program from nothing: the standard library too.
func measure(name string) (c cost, err error) {
	dir, err := os.MkdirTemp("", "footprint")
	if err != nil {
		return c, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	program := filepath.Join(dir, name)
	// -mod=mod would change go.mod; the modules are downloaded before the clock starts.
	if out, err := exec.CommandContext(context.Background(), "go", "mod", "download").CombinedOutput(); err != nil {
		return c, fmt.Errorf("go mod download: %w: %s", err, out)
	}
	build := exec.CommandContext(context.Background(), "go", "build", "-tags=peer", "-trimpath", "-ldflags=-s -w", "-o", program, "./"+name)
	build.Env = append(os.Environ(), "GOCACHE="+filepath.Join(dir, "cache"))
	start := time.Now()
	if out, err := build.CombinedOutput(); err != nil {
		return c, fmt.Errorf("build %s: %w: %s", name, err, out)
	}
	c.took = time.Since(start)
	c.work = build.ProcessState.UserTime() + build.ProcessState.SystemTime()
	info, err := os.Stat(program)
	if err != nil {
		return c, err
	}
	c.size = info.Size()
	fmt.Printf("%s: built in %s, %s of processor time, %.1f MB\n",
		name, c.took.Round(time.Second/10), c.work.Round(time.Second/10), float64(c.size)/(1<<20))
	return c, nil
}
