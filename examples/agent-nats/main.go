// Command agent-nats answers people who write to a bot, on several machines, without losing a message
// when one of them dies.
//
// The bridge takes deliveries from Novu and puts them into a stream of NATS JetStream before it answers
// Novu. Workers take them from there. A worker that dies leaves its delivery to another one. Run both at
// once, with a NATS server of its own:
//
//	NOVU_SECRET_KEY=… go run . -agent support
//
// Or run them apart, with NATS_URL: go run . -bridge on the machines that Novu reaches, go run . -worker on any.
//
// What can happen to a message when a worker dies:
//
//   - Before the mark: nothing was sent, and another worker answers.
//   - After the reply: the mark is there, and nobody answers twice.
//   - Between the mark and the reply: the answer is lost. The mark can't be stored later, or a worker
//     that dies after the reply would cause a second one. Novu has no way to ask whether a reply was posted.
//
// A message is lost too if NATS accepts nothing in Novu's three attempts, within 1.5 s. The person then
// reads that the agent is offline.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/agent"
)

type options struct {
	agent   string
	address string
	orders  string
	bridge  bool
	worker  bool
	ackWait time.Duration
}

func main() {
	var o options
	flag.StringVar(&o.agent, "agent", "support", "the agent's identifier")
	flag.StringVar(&o.address, "address", "127.0.0.1:8080", "where the bridge listens")
	flag.StringVar(&o.orders, "orders", "", "the service that knows orders; none: every order is on its way")
	flag.BoolVar(&o.bridge, "bridge", false, "run a bridge only")
	flag.BoolVar(&o.worker, "worker", false, "run a worker only")
	flag.DurationVar(&o.ackWait, "ack-wait", 30*time.Second, "how long after the last sign of life a worker counts as dead")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func run(ctx context.Context, o options) error {
	both := !o.bridge && !o.worker
	address := os.Getenv("NATS_URL")
	if address == "" {
		if !both {
			return errors.New("set NATS_URL: a bridge and a worker of their own need a server that both reach")
		}
		embedded, err := startServer()
		if err != nil {
			return err
		}
		defer embedded.Shutdown()
		address = embedded.ClientURL()
	}
	conn, err := nats.Connect(address)
	if err != nil {
		return fmt.Errorf("connect to NATS: %w", err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return err
	}
	q, err := openQueue(ctx, js, o.ackWait)
	if err != nil {
		return err
	}
	client, err := novu.NewClientFromEnv()
	if err != nil {
		return err
	}
	bots := []agent.Bot{{Identifier: o.agent, OnMessage: (&support{queue: q, orders: o.orders}).answer}}
	if o.worker || both {
		h, err := agent.NewHandler(client, bots)
		if err != nil {
			return err
		}
		workers := 1
		if both {
			workers = 2
		}
		for range workers {
			stop, err := q.consume(ctx, h)
			if err != nil {
				return err
			}
			defer stop()
		}
	}
	if o.worker {
		log.Print("working")
		<-ctx.Done()
		return nil
	}
	h, err := agent.NewHandler(client, bots, agent.WithDispatcher(q.put))
	if err != nil {
		return err
	}
	return serve(ctx, o.address, h)
}

// startServer runs a NATS server in this process. It forgets everything when the process ends.
func startServer() (*server.Server, error) {
	dir, err := os.MkdirTemp("", "agent-nats")
	if err != nil {
		return nil, err
	}
	s, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: dir, NoSigs: true})
	if err != nil {
		return nil, err
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		s.Shutdown()
		return nil, errors.New("the NATS server does not start")
	}
	return s, nil
}

func serve(ctx context.Context, address string, h http.Handler) error {
	mux := http.NewServeMux()
	mux.Handle("/api/novu", h)
	s := &http.Server{Addr: address, Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		<-ctx.Done()
		_ = s.Shutdown(context.WithoutCancel(ctx))
	}()
	log.Printf("listening on http://%s/api/novu", address)
	if err := s.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
