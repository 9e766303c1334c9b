// validatorUrl: null, because Swagger UI otherwise asks validator.swagger.io about every schema not on localhost.
window.ui = SwaggerUIBundle({
  url: "docs.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  docExpansion: "list",
  presets: [SwaggerUIBundle.presets.apis],
});
