// Command otel traces every attempt of the client with OpenTelemetry: its HTTP
// transport goes in through novu.WithHTTPClient, and the spans come out under
// that of the caller. It is a module of its own, so that users of novu do not
// inherit OpenTelemetry.
package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/novu-go/novu"
	"github.com/novu-go/novu/novutest"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "otel:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, opts ...novutest.Option) error {
	exporter, err := stdouttrace.New(stdouttrace.WithWriter(out), stdouttrace.WithPrettyPrint())
	if err != nil {
		return err
	}
	provider := sdktrace.NewTracerProvider(sdktrace.WithSyncer(exporter))
	defer func() { _ = provider.Shutdown(ctx) }()

	srv, err := novutest.Start(opts...)
	if err != nil {
		return err
	}
	defer srv.Close()
	// The second attempt succeeds, so that two spans are seen.
	srv.Inject(novutest.Fault{Route: "/v1/environments/me", Count: 1, Status: http.StatusBadGateway})

	client, err := novu.NewClient(srv.SecretKey(), novu.WithBaseURL(srv.URL()), novu.WithHTTPClient(&http.Client{
		Transport: otelhttp.NewTransport(http.DefaultTransport,
			otelhttp.WithTracerProvider(provider),
			// The default name is the method alone; a path may hold identifiers.
			otelhttp.WithSpanNameFormatter(func(_ string, r *http.Request) string { return "novu " + r.Method })),
	}))
	if err != nil {
		return err
	}
	ctx, span := provider.Tracer("example").Start(ctx, "check novu")
	defer span.End()
	_, err = client.Ping(ctx)
	return err
}
