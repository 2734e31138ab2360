//! As much of a browser as a sign-in needs: cookies, redirects and forms.

use crate::client::http;
use anyhow::{Context, Result, bail};
use reqwest::{Method, Response, StatusCode, Url, header, redirect};
use serde_json::Value;
use std::collections::BTreeMap;

/// Cookies of one host, whatever the port: that is how browsers keep them.
#[derive(Clone, Debug)]
pub struct Browser {
    http: reqwest::Client,
    /// Cookies by name.
    pub cookies: BTreeMap<String, String>,
}

impl Default for Browser {
    fn default() -> Self {
        Self {
            http: http(redirect::Policy::none()),
            cookies: BTreeMap::new(),
        }
    }
}

impl Browser {
    /// One request with the cookies so far; what is set is kept. Nothing is followed.
    pub async fn ask(
        &mut self,
        method: Method,
        url: &str,
        form: Option<&[(&str, &str)]>,
    ) -> Result<Response> {
        let mut request = self.http.request(method, url);
        if !self.cookies.is_empty() {
            let pairs = self.cookies.iter();
            let pairs: Vec<String> = pairs
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        if let Some(form) = form {
            let body = Url::parse_with_params("http://form", form)?;
            request = request
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body(body.query().unwrap_or_default().to_owned());
        }
        let answer = request.send().await?;
        for set in answer.headers().get_all(header::SET_COOKIE) {
            let set = set.to_str()?;
            let pair = set.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without a value")?;
            match value.is_empty() {
                true => self.cookies.remove(name),
                false => self.cookies.insert(name.to_owned(), value.to_owned()),
            };
        }
        Ok(answer)
    }

    /// Follows redirects from `url` until there are none, or until one leads to a URL that begins so;
    /// the last URL and its answer, if it was asked for.
    pub async fn follow(&mut self, url: &str, until: &str) -> Result<(String, Option<Response>)> {
        let mut url = url.to_owned();
        for _ in 0..12 {
            if !until.is_empty() && url.starts_with(until) {
                return Ok((url, None));
            }
            let answer = self.ask(Method::GET, &url, None).await?;
            if !answer.status().is_redirection() {
                return Ok((url, Some(answer)));
            }
            url = location(&url, &answer)?;
        }
        bail!("redirects without end, last to {url}")
    }

    /// Begins a sign-in at the site and goes on to the provider and back, up to the site's callback,
    /// which is not asked for.
    pub async fn to_callback(&mut self, site: &str, next: &str, name: &str) -> Result<String> {
        let begin = Url::parse_with_params(&format!("{site}/auth/login"), [("next", next)])?;
        let callback = format!("{site}/auth/callback");
        let (url, page) = self.follow(begin.as_str(), &callback).await?;
        let Some(page) = page else {
            // The provider knows them still.
            return Ok(url);
        };
        if !url.contains("/login/") {
            bail!("no form to sign in with at {url}: {}", page.status());
        }
        let form = [("username", name), ("password", "pw")];
        let answer = self.ask(Method::POST, &url, Some(&form)).await?;
        if !answer.status().is_redirection() {
            bail!("{name} was not let in: {}", answer.status());
        }
        let (url, _) = self.follow(&location(&url, &answer)?, &callback).await?;
        Ok(url)
    }

    /// Signs in; where that ends.
    pub async fn sign_in(&mut self, site: &str, next: &str, name: &str) -> Result<String> {
        let callback = self.to_callback(site, next, name).await?;
        let answer = self.ask(Method::GET, &callback, None).await?;
        location(&callback, &answer)
    }

    /// Status and JSON of a `GET`.
    pub async fn get(&mut self, url: &str) -> Result<(StatusCode, Value)> {
        let answer = self.ask(Method::GET, url, None).await?;
        let status = answer.status();
        let text = answer.text().await?;
        Ok((
            status,
            serde_json::from_str(&text).unwrap_or(Value::String(text)),
        ))
    }
}

/// Where an answer leads.
pub fn location(from: &str, answer: &Response) -> Result<String> {
    let to = answer.headers().get(header::LOCATION);
    let to = to.with_context(|| format!("{from} answers {} and leads nowhere", answer.status()))?;
    Ok(Url::parse(from)?.join(to.to_str()?)?.into())
}
