// A small web service: `service PORT` serves until SIGTERM; `service health` asks the one that runs how it is.
package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const drain = 8 * time.Second

func main() {
	slog.SetDefault(slog.New(slog.NewJSONHandler(os.Stdout, nil)))
	port := os.Getenv("PORT")
	if len(os.Args) > 1 {
		port = os.Args[1]
	}
	if err := run(port); err != nil {
		slog.Error("it ended", "error", err)
		os.Exit(1)
	}
}

func run(port string) error {
	if port == "health" {
		return askHealth(os.Getenv("PORT"))
	}
	host := os.Getenv("HOST")
	if host == "" {
		host = "127.0.0.1" // by default this machine alone
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return serve(ctx, listener)
}

// serve answers until ctx is over, then lets the requests that are open end.
func serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           newApp(os.Getenv("KR8_VERSION")),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       60 * time.Second,
		IdleTimeout:       75 * time.Second,
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	slog.Info("listening", "address", listener.Addr().String(), "version", os.Getenv("KR8_VERSION"))
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	slog.Info("stopping")
	limited, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := server.Shutdown(limited); errors.Is(err, context.DeadlineExceeded) {
		slog.Warn("requests were still open and are cut off")
		return server.Close()
	}
	slog.Info("stopped")
	return nil
}

// askHealth is for containers: an image of one program has no other to ask with.
func askHealth(port string) error {
	client := http.Client{Timeout: 2 * time.Second}
	response, err := client.Get(fmt.Sprintf("http://127.0.0.1:%s/healthz", port))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}
