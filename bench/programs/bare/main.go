// Command bare is the same exchange with net/http and encoding/json, for its
// size.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
)

func main() {
	body, err := json.Marshal(map[string]any{
		"integrationIdentifier": "teams", "subscriberId": "acme", "type": "ms_teams_user", "endpoint": map[string]string{"userId": "29:ada"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "https://api.novu.co/v1/channel-endpoints", bytes.NewReader(body))
	if err != nil {
		fmt.Println(err)
		return
	}
	req.Header.Set("Authorization", "ApiKey "+os.Getenv("NOVU_SECRET_KEY"))
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	var out struct {
		Data map[string]any `json:"data"`
	}
	fmt.Println(json.NewDecoder(resp.Body).Decode(&out), out.Data)
}
