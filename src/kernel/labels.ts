/** Container label that names the hub a server belongs to; drivers touch nothing that lacks it. */
export const HUB_LABEL = "hublet.hub";
